-- Whether single letters are keys of the console for this analyst (WCAG 2.1.4).
ALTER TABLE console_account ADD COLUMN keys boolean NOT NULL DEFAULT true;
