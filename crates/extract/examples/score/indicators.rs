//! URLs and mail addresses, defanged.

use std::path::Path;

use extract::{Context, IndicatorKind, TextKind};

use crate::{Count, cases, read, str_at};

pub fn urls(root: &Path, show: &str) {
    let mut count = Count::default();
    let mut mails = Count::default();
    for case in cases(root, "iocextract") {
        let function = str_at(&case, "/truth/fn").unwrap_or_default();
        let input = str_at(&case, "/input").unwrap_or_default();
        let expected = str_at(&case, "/truth/out/0");
        let got = read(TextKind::Plain, input, &Context::default()).indicators;
        if function == "extract_emails" && input.len() < 200 {
            mails.add(
                expected.map(|_| "some"),
                got.iter()
                    .find(|one| one.kind == IndicatorKind::Email)
                    .map(|_| "some"),
            );
        }
        let plain = input.starts_with("http") || input.starts_with("hxxp");
        if function == "extract_urls" && plain && !input.contains("__") && input.contains('.') {
            let right = count.add(
                expected.map(|_| "some"),
                got.iter()
                    .find(|one| one.kind == IndicatorKind::Url)
                    .map(|_| "some"),
            );
            if !right && show == "urls" {
                println!("  {expected:?} {input}");
            }
        }
    }
    count.print("iocextract URLs found");
    mails.print("iocextract mail addresses found");
}
