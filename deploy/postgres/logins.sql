-- A login for each part that runs by itself, named as its Unix user or unit, so that `peer` in pg_hba.conf lets it in without a
-- password. The roles come from `pillarbox migrate up`. Run once, in the database of the installation, by whoever makes logins:
--     sudo -u postgres psql -v ON_ERROR_STOP=1 -d pillarbox -f deploy/postgres/logins.sql
CREATE ROLE "pillarbox-listener" LOGIN IN ROLE pillarbox_listener;
CREATE ROLE "pillarbox-worker" LOGIN IN ROLE pillarbox_worker;
CREATE ROLE "pillarbox-outbox" LOGIN IN ROLE pillarbox_outbox;
CREATE ROLE "pillarbox-console" LOGIN IN ROLE pillarbox_console;
