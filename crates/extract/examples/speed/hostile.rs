//! Texts that want to cost much: what repeats, nests, and never ends.

use extract::TextKind;

use crate::texts::{Dice, SIZE};
use crate::took;

/// Units of texts that cost some reader of reports dear.
const UNITS: &[&str] = &[
    "a.",
    "1.",
    "1.1.1.",
    "[",
    ":",
    "::",
    "a1",
    "(",
    ")",
    "\"",
    "'",
    "<",
    "192.0.2.1 ",
    "192.0.2.1\n",
    "1/",
    "a@",
    "@",
    "http://",
    "http://a)",
    "- ",
    "Source: ",
    "Source: 192.0.2.1 ",
    "\n> ",
    "> ",
    "TLP:",
    "TLP:RED ",
    "12:",
    "a[.]",
    " to ",
    "0x",
    "2024-",
    "2024-03-05 ",
    "5 May ",
    "May ",
    "5 May 12:00 ",
    "1.2.2024 12h ",
    "a,",
    "ip,time,port\n",
    "UTC ",
    "all times UTC ",
    "a.com ",
    "\n",
    " ",
    "é",
    "Mar 5 02:11:09 x from 192.0.2.1\n",
    "{",
    "[{",
    "<a>",
    "</a>",
    "phishing ",
    "CVE-",
    "AS1 ",
    "aaaa:",
    "192.0.2.1 -> ",
    "from ",
    "Date: ",
    "a.b@",
    "https://a.com/( ",
    "1",
    "f",
    "=",
    "\t",
    "a=",
    "a: ",
    "SRC=192.0.2.1 ",
    "from 192.0.2.1 to 192.0.2.2 ",
    "Time: 2024-03-05 02:11 ",
    "-- \n",
    "K",
    "On a b c wrote:\n",
    "traffic light protocol ",
    "src_ip,dst_ip,time\n1.2.3.4,5.6.7.8,x\n",
    "1::2 ",
    "v1.2.3.4 ",
    "0",
    "mo ",
    "mar ",
    "12h",
    "12am ",
    "+01:00 ",
    "Zeit",
    "time ",
    "11111",
    "-",
    "|",
    "a | ",
    "reports from ",
    "[ ",
    "( at ",
    "@ ",
    "a at b [dot] ",
    "192.0.2.1.8080 ",
    "192.0.2.1.8080 > ",
    "192.0.2.1,80,",
    "192.0.2.1(80) ",
    "192.0.2.1:80,81,",
    "#Fields: c-ip s-ip\n192.0.2.1 192.0.2.2\n",
    "1709601069 ",
    "ts=1709601069 ",
    "Received: from a [10.0.0.1]\n",
    " from [10.0.0.1]\n",
    "Mar 5 02:11:09 a[1]: b\n 192.0.2.1\n",
    "v1.2.3.4, ",
    "<Infringement><ip>192.0.2.1</ip>",
    "{\"a\":",
    "{\"src_ip\":\"192.0.2.1\"}\n",
    "2001:db8::1.80 ",
    "hxxp[",
    "hxxp[:]//a[.]",
    "January ",
    "1 January 2024 at ",
    "0123456789abcdef",
    "a:\n  ",
    "- a: 1\n",
    "a;b\t",
    "\"a\",",
    "\\",
    "\u{a0}",
    "\u{200b}",
    "ſ",
    "１",
    "１5 May 12:00 ",
    "1/2/2024 é ",
    "lundi é ",
    "hier é ",
    "5 May noon at ",
    " at noon",
];

/// Lines and documents that end as they should.
type Make = fn(usize) -> String;
const DOCUMENTS: &[(&str, TextKind, Make)] = &[
    ("objects in objects", TextKind::Json, |n| {
        nested("{\"a\":", "1", "}", n)
    }),
    ("lists in lists", TextKind::Json, |n| {
        nested("[", "", "]", n)
    }),
    ("a list of events", TextKind::Json, |n| {
        listed(
            "[",
            "{\"src_ip\":\"192.0.2.1\",\"time\":\"2024-03-05T02:11:09Z\"},",
            "{}]",
            n,
        )
    }),
    ("values in escapes", TextKind::Json, |n| {
        listed("[", "{\"src_ip\":\"192.0.2\\u002e1\"},", "{}]", n)
    }),
    ("an object of many names", TextKind::Json, |n| {
        listed("{", "\"src_ip\":\"192.0.2.1\",", "\"a\":1}", n)
    }),
    ("a bundle", TextKind::Json, |n| {
        let one = "{\"type\":\"indicator\",\"pattern\":\"[ipv4-addr:value = '192.0.2.1']\"},";
        listed("{\"type\":\"bundle\",\"objects\":[", one, "{}]}", n)
    }),
    ("a MISP event", TextKind::Json, |n| {
        let one = "{\"type\":\"ip-src\",\"value\":\"192.0.2.1\"},";
        listed("{\"Event\":{\"Attribute\":[", one, "{}]}}", n)
    }),
    ("elements in elements", TextKind::Xml, |n| {
        nested("<a>", "1", "</a>", n)
    }),
    ("IODEF", TextKind::Xml, |n| {
        let one = "<System category=\"source\"><Node><Address>192.0.2.1</Address></Node></System>";
        listed(
            "<IODEF-Document><Incident><EventData><Flow>",
            one,
            "</Flow></EventData></Incident></IODEF-Document>",
            n,
        )
    }),
    ("many attributes", TextKind::Xml, |n| {
        listed("<a ", "b='192.0.2.1' ", "/>", n)
    }),
    ("many columns", TextKind::Csv, |n| {
        format!(
            "src_ip,time{}\n192.0.2.1,2024-03-05{}\n",
            ",a".repeat(n / 4),
            ",1".repeat(n / 4)
        )
    }),
    ("a wide table", TextKind::Csv, |n| {
        let header = format!("src_ip,time{}\n", ",src_port".repeat(400));
        listed(
            &header,
            &format!("192.0.2.1,2024-03-05{}\n", ",1".repeat(400)),
            "",
            n,
        )
    }),
    ("a table of headers", TextKind::Csv, |n| {
        "src_ip,dst_ip,time\n".repeat(n / 19)
    }),
    ("one line of 25 MiB", TextKind::Plain, |n| {
        "from 192.0.2.1 to a.example at 12:00 ".repeat(n * 25 / 37)
    }),
];

fn nested(open: &str, inner: &str, close: &str, size: usize) -> String {
    let depth = size / (open.len() + close.len());
    [&*open.repeat(depth), inner, &*close.repeat(depth)].concat()
}

fn listed(head: &str, one: &str, tail: &str, size: usize) -> String {
    let room = size.saturating_sub(head.len() + tail.len());
    [head, &*one.repeat(room / one.len()), tail].concat()
}

const KINDS: [TextKind; 8] = [
    TextKind::Plain,
    TextKind::Subject,
    TextKind::Csv,
    TextKind::Json,
    TextKind::Xml,
    TextKind::Yaml,
    TextKind::FeedbackReport,
    TextKind::MessageHeader,
];

/// What a text cost, and twice as much of it.
struct Cost {
    name: String,
    whole: f64,
    ratio: f64,
}

impl Cost {
    fn new(name: String, kind: TextKind, runs: usize, make: impl Fn(usize) -> String) -> Self {
        let half = took(&make(SIZE / 2), kind, runs);
        let whole = took(&make(SIZE), kind, runs);
        let ratio = whole / half;
        Self { name, whole, ratio }
    }
}

/// Reads every hostile text and prints the dearest ones: of each kind of text, of nested documents, of units in turn.
pub(crate) fn report() {
    let mut costs = Vec::new();
    for kind in KINDS {
        for unit in UNITS {
            let make = |size: usize| unit.repeat(size / unit.len());
            costs.push(Cost::new(format!("{unit:?} as {kind:?}"), kind, 1, make));
        }
    }
    let mut dice = Dice(11);
    for _ in 0..400 {
        let units: Vec<&str> = (0..2 + dice.below(4)).map(|_| dice.pick(UNITS)).collect();
        let unit = units.concat();
        let make = |size: usize| unit.repeat(size / unit.len());
        costs.push(Cost::new(format!("{unit:?}"), TextKind::Plain, 1, make));
    }
    for (name, kind, make) in DOCUMENTS {
        costs.push(Cost::new((*name).to_owned(), *kind, 2, make));
    }
    costs.sort_by(|a, b| b.whole.total_cmp(&a.whole));
    print(costs.iter().take(12));
    // What takes no time has no ratio.
    costs.retain(|cost| cost.whole > 0.02);
    costs.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    print(costs.iter().take(6));
}

fn print<'a>(costs: impl Iterator<Item = &'a Cost>) {
    for Cost { name, whole, ratio } in costs {
        println!("hostile 1 MiB {whole:.3} s, time(2n)/time(n) {ratio:.2}: {name}");
    }
}

/// Looks for dear units for some minutes: some of [`UNITS`] in a row, changed one at a time, kept when they cost more.
pub(crate) fn hunt(minutes: u64) {
    const TRIED: usize = SIZE / 16;
    let (mut dice, begun) = (Dice(minutes), std::time::Instant::now());
    let mut found: Vec<(f64, TextKind, String)> = Vec::new();
    while begun.elapsed().as_secs() < minutes * 60 {
        let kind = *KINDS
            .get(usize::try_from(dice.below(16)).unwrap_or(0))
            .unwrap_or(&TextKind::Plain);
        let (mut best, mut cost, mut failed): (Vec<&str>, f64, u8) = (vec!["a"], 0.0, 0);
        while failed < 80 {
            let mut units = best.clone();
            let at = usize::try_from(dice.below(u64::try_from(units.len()).unwrap_or(0) + 1))
                .unwrap_or(0);
            match dice.below(3) {
                0 if at < units.len() && units.len() > 1 => drop(units.remove(at)),
                1 if at < units.len() => units.splice(at..=at, [dice.pick(UNITS)]).for_each(drop),
                _ => units.insert(at, dice.pick(UNITS)),
            }
            let unit = units.concat();
            let tried = if unit.len() > 400 {
                0.0
            } else {
                took(&unit.repeat(TRIED / unit.len()), kind, 1)
            };
            failed += 1;
            if tried > cost * 1.02 {
                (best, cost, failed) = (units, tried, 0);
            }
        }
        found.push((cost, kind, best.concat()));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let costs: Vec<Cost> = found
        .iter()
        .take(20)
        .map(|(_, kind, unit)| {
            Cost::new(format!("{unit:?} as {kind:?}"), *kind, 3, |size| {
                unit.repeat(size / unit.len())
            })
        })
        .collect();
    print(costs.iter());
}
