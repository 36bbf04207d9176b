//! What machines write, each by its own grammar: logs, flows, tables, JSON and XML. All of it is made up.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "extract/ends.rs"]
mod ends;
#[path = "extract/reading.rs"]
mod reading;

use extract::{Context, Extraction, Format, IndicatorKind, TextKind, TextPart, ZoneBasis, extract};
use serde_json::json;

use crate::ends::ends;
use crate::reading::read;

/// `source > destination @ time`; an assumed zone has a question mark.
fn told(found: &Extraction) -> String {
    let incident = &found.incident;
    let time = incident.times.first().map(|time| {
        let mark = if time.zone == ZoneBasis::Assumed {
            "?"
        } else {
            ""
        };
        format!(" @ {}{mark}", time.value)
    });
    format!(
        "{} > {}{}",
        ends(&incident.sources, '#'),
        ends(&incident.destinations, '#'),
        time.unwrap_or_default()
    )
}

fn line(text: &str) -> String {
    told(&read(TextKind::Plain, text))
}

fn best(found: &Extraction) -> &str {
    let kind = found.incident.types.first();
    kind.map_or("undetermined", |kind| kind.kind.as_str())
}

#[test]
fn a_port_without_an_address_stands_where_it_was_read() {
    let found = read(TextKind::Plain, "Destination port: 22/tcp\n");
    let target = found.incident.destinations.first().unwrap();
    assert_eq!((target.port, target.span.start), (Some(22), 18));
    assert_eq!(&*target.span.part, "1");
}

#[test]
fn packet_filters_name_both_ends_with_their_ports() {
    let tcp = "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp";
    assert_eq!(
        line(
            "rule 5/0(match): block in on em0: 192.0.2.10.4455 > 198.51.100.7.22: Flags [S], seq 1"
        ),
        tcp
    );
    assert_eq!(
        line("02:11:09.123456 IP 192.0.2.10.4455 > 198.51.100.7.22: Flags [S], seq 1"),
        tcp
    );
    assert_eq!(
        line("IP6 2001:db8::10.4455 > 2001:db8::7.22: Flags [S]"),
        "2001:db8::10#4455/tcp > 2001:db8::7#22/tcp"
    );
    assert_eq!(
        line(
            "Mar  5 02:11:09 gw filterlog[123]: 5,,,1000000103,em0,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,192.0.2.10,198.51.100.7,4455,22,0,S,1234,,64240,,mss"
        ),
        format!("{tcp} @ 2024-03-05T02:11:09+01:00?")
    );
    assert_eq!(
        line(
            "2024-03-05T02:11:09.123+0100 nft: IN=eth0 OUT= SRC=2001:db8::10 DST=2001:db8:1::7 PROTO=UDP SPT=5353 DPT=53"
        ),
        "2001:db8::10#5353/udp > 2001:db8:1::7#53/udp @ 2024-03-05T02:11:09+01:00"
    );
}

#[test]
fn cisco_lines_give_who_opened_the_connection() {
    let tcp = "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp @ 2024-03-05T02:11:09+01:00?";
    for text in [
        "Mar 05 2024 02:11:09: %ASA-6-302013: Built inbound TCP connection 123 for outside:192.0.2.10/4455 (192.0.2.10/4455) to inside:198.51.100.7/22 (198.51.100.7/22)",
        "Mar 05 2024 02:11:09: %ASA-6-302013: Built outbound TCP connection 123 for outside:198.51.100.7/22 (198.51.100.7/22) to inside:192.0.2.10/4455 (192.0.2.10/4455)",
        "Mar 05 2024 02:11:09: %ASA-2-106001: Inbound TCP connection denied from 192.0.2.10/4455 to 198.51.100.7/22 flags SYN on interface outside",
        "Mar 05 2024 02:11:09: %ASA-4-106100: access-list acl denied tcp outside/192.0.2.10(4455) -> inside/198.51.100.7(22) hit-cnt 1",
        "Mar  5 02:11:09.123: %SEC-6-IPACCESSLOGP: list 101 denied tcp 192.0.2.10(4455) -> 198.51.100.7(22), 1 packet",
    ] {
        assert_eq!(line(text), tcp, "{text}");
        let found = read(TextKind::Plain, text);
        assert!(
            found.indicators.iter().all(|one| !one.value.contains('/')),
            "a port is no network: {:?}",
            found.indicators
        );
    }
}

#[test]
fn logs_that_name_their_columns_are_read_by_them() {
    let firewall = "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n\
        #Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags\n\n\
        2024-03-05 02:11:09 DROP TCP 192.0.2.10 198.51.100.7 4455 3389 52 S\n";
    assert_eq!(
        line(firewall),
        "192.0.2.10#4455/tcp > 198.51.100.7#3389/tcp @ 2024-03-05T02:11:09+01:00?"
    );
    let web = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status\n\
        2024-03-05 02:11:09 198.51.100.7 GET /x.aspx - 443 - 192.0.2.10 Mozilla/5.0+(Windows+NT+10.0) 404\n";
    let ends = "192.0.2.10 > 198.51.100.7#443 @ 2024-03-05T02:11:09+01:00?";
    assert_eq!(line(web), ends);
    let lines = web.split_once('\n').map(|(_, rows)| rows);
    assert_eq!(line(lines.unwrap()), ends, "the same without its header");
    let zeek = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n\
        #types\ttime\tstring\taddr\tport\taddr\tport\tenum\n\
        1709601069.123\tCabc\t192.0.2.10\t4455\t198.51.100.7\t22\ttcp\n";
    assert_eq!(
        line(zeek),
        "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp @ 2024-03-05T01:11:09+00:00"
    );
}

#[test]
fn the_next_cell_of_a_table_is_no_zone() {
    assert_eq!(
        line(
            "jail,ip,ban time,unban time\nsshd,192.0.2.10,2024-03-05 02:11:09,2024-03-05 03:11:09\n"
        ),
        "192.0.2.10 >  @ 2024-03-05T02:11:09+01:00?"
    );
}

#[test]
fn flows_and_rows_without_a_header_are_read_by_their_shape() {
    let tcp = "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp";
    assert_eq!(
        line(
            "2024-03-05 02:11:09.123     0.000 TCP        192.0.2.10:4455  ->     198.51.100.7:22           1       60     1"
        ),
        format!("{tcp} @ 2024-03-05T02:11:09+01:00?")
    );
    assert_eq!(
        line(
            "sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|\n192.0.2.10|198.51.100.7|4455|22|6|1|60|S|2024/03/05T02:11:09.123|\n"
        ),
        format!("{tcp} @ 2024-03-05T02:11:09+01:00?")
    );
    assert_eq!(
        line("192.0.2.10,4455,198.51.100.7,22,tcp,2024-03-05T02:11:09Z\n"),
        format!("{tcp} @ 2024-03-05T02:11:09+00:00")
    );
    assert_eq!(
        line(
            "2 123456789010 eni-0123 192.0.2.10 198.51.100.7 4455 22 6 20 4249 1709601069 1709601129 REJECT OK"
        ),
        format!("{tcp} @ 2024-03-05T01:11:09+00:00")
    );
    assert_eq!(
        line(
            "date=2024-03-05 time=02:11:09 devname=\"fw\" srcip=192.0.2.10 srcport=4455 dstip=198.51.100.7 dstport=22 proto=6 action=\"deny\""
        ),
        format!("{tcp} @ 2024-03-05T02:11:09+01:00?")
    );
}

#[test]
fn snort_alerts_keep_their_day_and_month() {
    let text = "[**] [1:2001219:20] ET SCAN Potential SSH Scan [**]\n[Priority: 2]\n\
        03/05-02:11:09.123456 192.0.2.10:4455 -> 198.51.100.7:22\nTCP TTL:64 TOS:0x0 ID:1\n";
    let found = read(TextKind::Plain, text);
    assert_eq!(
        found.incident.times.first().unwrap().value,
        "2024-03-05T02:11:09+01:00"
    );
    assert_eq!(best(&found), "scanner");
}

#[test]
fn windows_tells_a_failed_logon_as_text_and_as_xml() {
    let text = "An account failed to log on.\n\nAccount For Which Logon Failed:\n\tAccount Name:\t\tADMIN\n\n\
        Network Information:\n\tWorkstation Name:\tX\n\tSource Network Address:\t192.0.2.10\n\tSource Port:\t\t4455\n";
    let found = read(TextKind::Plain, text);
    assert_eq!(
        (told(&found).as_str(), best(&found)),
        ("192.0.2.10#4455 > ", "brute-force")
    );
    let xml = "<Events><Event><System><EventID>4625</EventID><TimeCreated SystemTime='2024-03-05T02:11:09.1Z'/></System>\
        <EventData><Data Name='TargetUserName'>ADMIN</Data><Data Name='IpAddress'>192.0.2.10</Data><Data Name='IpPort'>4455</Data></EventData></Event></Events>";
    let found = read(TextKind::Xml, xml);
    assert_eq!(
        told(&found),
        "192.0.2.10#4455 >  @ 2024-03-05T02:11:09+00:00"
    );
}

#[test]
fn a_notice_in_the_text_of_a_mail_is_read_as_xml() {
    let text = "Dear Sir or Madam,\n\nsee below.\n\n<?xml version=\"1.0\"?>\n\
        <Infringement xmlns=\"http://www.acns.net/ACNS\"><Source><TimeStamp>2024-03-05T02:11:09Z</TimeStamp>\
        <IP_Address>192.0.2.10</IP_Address><Port>4455</Port><Type>P2P</Type></Source></Infringement>\n";
    let found = read(TextKind::Plain, text);
    assert_eq!(
        (told(&found).as_str(), best(&found)),
        (
            "192.0.2.10#4455 >  @ 2024-03-05T02:11:09+00:00",
            "copyright"
        )
    );
}

#[test]
fn json_events_are_read_by_their_keys_however_they_are_wrapped() {
    let event = json!({"timestamp": "2024-03-05T02:11:09.123456-0500", "event_type": "alert", "src_ip": "192.0.2.10", "src_port": 4455,
        "dest_ip": "198.51.100.7", "dest_port": 22, "proto": "TCP", "alert": {"signature": "ET SCAN Potential SSH Scan"}});
    let expected = "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp @ 2024-03-05T02:11:09-05:00";
    let wrapped = [
        event.to_string(),
        json!([event]).to_string(),
        format!("{event}\n"),
        json!({"hits": {"hits": [{"_source": event}]}}).to_string(),
    ];
    for text in wrapped {
        let found = read(TextKind::Json, &text);
        assert_eq!(
            (told(&found).as_str(), best(&found)),
            (expected, "scanner"),
            "{text}"
        );
    }
    let intelmq = json!({"time.source": "2024-03-05T02:11:09+00:00", "time.observation": "2024-03-06T00:00:00+00:00", "source.ip": "192.0.2.10",
        "source.port": 4455, "destination.ip": "198.51.100.7", "destination.port": 22, "protocol.transport": "tcp", "classification.type": "brute-force"});
    let found = read(TextKind::Json, &intelmq.to_string());
    assert_eq!(
        told(&found),
        "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp @ 2024-03-05T02:11:09+00:00"
    );
    assert_eq!(best(&found), "brute-force");
}

#[test]
fn json_between_the_words_of_a_mail_is_read_too() {
    let event = json!({"timestamp": "2024-03-05T02:11:09+0000", "src_ip": "192.0.2.10", "src_port": 4455, "dest_ip": "198.51.100.7", "proto": "UDP"});
    for block in [
        event.to_string(),
        serde_json::to_string_pretty(&event).unwrap(),
    ] {
        let text = format!(
            "Hello,\n\nour sensor wrote this:\n\n{block}\n\nOur name server is 198.51.100.53.\n"
        );
        assert_eq!(
            line(&text),
            "192.0.2.10#4455/udp > 198.51.100.7/udp @ 2024-03-05T02:11:09+00:00"
        );
    }
    let other = json!({"t": {"$date": "2024-03-05T02:11:09.123+00:00"}, "c": "ACCESS", "attr": {"remote": "192.0.2.10:4455"}});
    let found = read(TextKind::Json, &other.to_string());
    assert_eq!(
        told(&found),
        "192.0.2.10#4455 >  @ 2024-03-05T02:11:09+00:00"
    );
    let watched = json!({"host": {"ip": "198.51.100.7"}, "source": {"ip": "192.0.2.10"}});
    assert_eq!(
        told(&read(TextKind::Json, &watched.to_string())),
        "192.0.2.10 > "
    );
}

#[test]
fn a_misp_event_gives_connections_and_no_role_to_control_servers() {
    let event = json!({"Event": {"info": "Hosts of a botnet", "date": "2024-03-05",
        "Tag": [{"name": "tlp:green"}, {"name": "rsit:malicious-code=\"infected-system\""}],
        "Attribute": [{"type": "domain", "value": "bad.example.com"}],
        "Object": [{"name": "network-connection", "Attribute": [
            {"object_relation": "ip-src", "type": "ip-src", "value": "192.0.2.10"},
            {"object_relation": "src-port", "type": "port", "value": "4455"},
            {"object_relation": "ip-dst", "type": "ip-dst", "value": "198.51.100.7"},
            {"object_relation": "dst-port", "type": "port", "value": "443"},
            {"object_relation": "first-packet-seen", "type": "datetime", "value": "2024-03-05T02:11:09+00:00"}]}]}});
    let found = read(TextKind::Json, &event.to_string());
    assert_eq!(
        told(&found),
        "192.0.2.10#4455 > 198.51.100.7#443 @ 2024-03-05T02:11:09+00:00"
    );
    assert_eq!(
        (best(&found), found.incident.format),
        ("infected-system", Format::Misp)
    );
    assert_eq!(found.tlp, Some(extract::Tlp::Green));
    let control =
        json!({"Event": {"info": "C2", "Attribute": [{"type": "ip-dst", "value": "192.0.2.66"}]}});
    assert_eq!(line(&control.to_string()), " > ");
}

#[test]
fn a_stix_bundle_gives_traffic_and_marking() {
    let bundle = json!({"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "indicator", "id": "indicator--1", "created": "2024-03-06T00:00:00.000Z", "name": "SSH brute force",
         "pattern": "[ipv4-addr:value = '192.0.2.99']", "valid_from": "2024-03-06T02:11:09Z",
         "object_marking_refs": ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]},
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "192.0.2.10"},
        {"type": "ipv4-addr", "id": "ipv4-addr--2", "value": "198.51.100.7"},
        {"type": "network-traffic", "id": "network-traffic--1", "start": "2024-03-05T02:11:09Z", "src_ref": "ipv4-addr--1",
         "dst_ref": "ipv4-addr--2", "src_port": 4455, "dst_port": 22, "protocols": ["ipv4", "tcp", "ssh"]}]});
    let found = read(TextKind::Json, &bundle.to_string());
    assert_eq!(
        told(&found),
        "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp @ 2024-03-05T02:11:09+00:00"
    );
    assert_eq!(
        (best(&found), found.tlp),
        ("brute-force", Some(extract::Tlp::Red))
    );
}

#[test]
fn iodef_as_json_gives_the_flow_and_not_the_time_of_the_report() {
    let system = |category: &str, ip: &str, port: u16| {
        json!({"category": category, "Node": {"Address": [{"category": "ipv4-addr", "value": ip}]},
            "Service": [{"ip-protocol": 6, "Port": port}]})
    };
    let document = json!({"version": "2.0", "Incident": [{"purpose": "reporting", "GenerationTime": "2024-03-06T00:00:00Z",
        "StartTime": "2024-03-05T02:11:09Z", "Assessment": [{"IncidentCategory": ["brute-force"]}],
        "EventData": [{"Flow": [{"System": [system("source", "192.0.2.10", 4455), system("target", "198.51.100.7", 22)]}]}]}]});
    let found = read(TextKind::Json, &document.to_string());
    assert_eq!(
        told(&found),
        "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp @ 2024-03-05T02:11:09+00:00"
    );
    assert_eq!(
        (best(&found), found.incident.format),
        ("brute-force", Format::Iodef)
    );
}

#[test]
fn tables_tell_zone_and_type_in_their_columns() {
    let control =
        "first_seen_utc,dst_ip,dst_port,malware\n2024-03-05 02:11:09,192.0.2.10,443,Emotet\n";
    assert_eq!(
        told(&read(TextKind::Csv, control)),
        " > 192.0.2.10#443 @ 2024-03-05T02:11:09+00:00"
    );
    let open = "\"timestamp\",\"ip\",\"protocol\",\"port\",\"hostname\",\"tag\"\n\"2024-03-05 02:11:09\",\"192.0.2.10\",\"udp\",\"53\",\"x.example.com\",\"openresolver\"\n";
    let found = read(TextKind::Csv, open);
    assert_eq!(
        told(&found),
        "192.0.2.10#53/udp >  @ 2024-03-05T02:11:09+01:00?"
    );
    assert_eq!(best(&found), "ddos-amplifier");
    let hashed = "# made by a script\n# fields: ip|port|first seen|last seen\n192.0.2.10|22|2024-03-05 02:11:09|2024-03-05 03:00:00\n";
    assert_eq!(
        told(&read(TextKind::Csv, hashed)),
        "192.0.2.10#22 >  @ 2024-03-05T02:11:09+01:00?"
    );
}

#[test]
fn a_report_of_spam_that_blames_nobody_blames_the_host_that_handed_it_over() {
    let header = "Received: from relay.example.net (localhost [127.0.0.1]) by mx.example.net; Tue, 5 Mar 2024 02:11:10 +0100\n\
        Received: from mail.example.com (unknown [192.0.2.10])\n\tby mx.example.net (Postfix) with ESMTP id 1; Tue, 5 Mar 2024 02:11:09 +0100\n\
        Received: from forged (forged [203.0.113.9]) by mail.example.com; Tue, 5 Mar 2024 02:00:00 +0100\nSubject: buy\n";
    let part = |kind, text| TextPart {
        id: "1",
        kind,
        text,
        attachment: false,
        forwarded: false,
    };
    let parts = [
        part(TextKind::Plain, "We received this spam from your network."),
        part(TextKind::MessageHeader, header),
    ];
    let found = extract(&parts, &Context::default());
    assert_eq!(told(&found), "192.0.2.10 >  @ 2024-03-05T02:11:09+01:00");
    let quiet = extract(
        &[part(TextKind::MessageHeader, header)],
        &Context::default(),
    );
    assert!(quiet.incident.sources.is_empty());
}

#[test]
fn received_lines_in_a_text_blame_nobody() {
    let text = "Hello,\n\nyour mail was delayed:\n\nReceived: from mail.example.com (mail.example.com [192.0.2.10])\n by mx.example.net from 203.0.113.7; Tue, 5 Mar 2024 02:11:09 +0100\n";
    let found = read(TextKind::Plain, text);
    assert_eq!(told(&found), " > ");
}

#[test]
fn a_broken_log_line_goes_on_in_the_next() {
    assert_eq!(
        line(
            "Mar  5 02:11:09 fw NetScreen device_id=x [Root]system-notification-00257(traffic):\n  service=ssh proto=6 src=192.0.2.10 dst=198.51.100.7 src_port=4455 dst_port=22\n"
        ),
        "192.0.2.10#4455/tcp > 198.51.100.7#22/tcp @ 2024-03-05T02:11:09+01:00?"
    );
    assert_eq!(
        line(
            "Mar 05, 2024 2:11:09 AM example.Service authenticate\nWARNING: Authentication attempt from 192.0.2.10 for user \"x\" failed.\n"
        ),
        "192.0.2.10 >  @ 2024-03-05T02:11:09+01:00?"
    );
}

#[test]
fn times_of_logs_keep_their_offset_behind_a_fraction() {
    for (text, expected) in [
        (
            "<38>1 2024-03-05T17:40:16.954167-04:00 h sshd 57915 - - Failed unknown for invalid user x from 192.0.2.10 port 59197 ssh2",
            "2024-03-05T17:40:16-04:00",
        ),
        (
            "240305  0:04:00 [Warning] Access denied for user 'root'@'192.0.2.10' (using password: NO)",
            "2024-03-05T00:04:00+01:00",
        ),
        (
            "[PST Mar  5 21:05:29] error    : Warning: Client '192.0.2.10' supplied unknown user 'foo'",
            "2024-03-05T21:05:29-08:00",
        ),
        (
            "@4000000065e67137044a9e94 imap: auth failed from 192.0.2.10",
            "2024-03-05T01:11:09+00:00",
        ),
        (
            "2024:03:05-02:11:09: '192.0.2.10' 2 failed login attempts. Account 'test'",
            "2024-03-05T02:11:09+01:00",
        ),
        (
            "CEF:0|V|P|1.0|100|Blocked|5|src=192.0.2.10 spt=4455 dst=198.51.100.7 rt=1709601069000",
            "2024-03-05T01:11:09+00:00",
        ),
    ] {
        let found = read(TextKind::Plain, text);
        let time = found.incident.times.first().map(|time| time.value.as_str());
        assert_eq!(time, Some(expected), "{text}");
    }
}

#[test]
fn a_bitcoin_address_is_one_only_with_its_checksum() {
    let found = read(
        TextKind::Plain,
        "Pay to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2, 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy or BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4, \
         bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr; not to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 \
         nor bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5.",
    );
    let wallets = found.indicators.iter();
    let wallets = wallets.filter(|one| one.kind == IndicatorKind::Bitcoin);
    let values: Vec<&str> = wallets.map(|one| one.value.as_str()).collect();
    assert_eq!(
        values,
        [
            "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
        ]
    );
}

#[test]
fn a_url_that_a_blank_makes_harmless_is_one() {
    for (text, url) in [
        ("http:// www.example.org/a", "http://www.example.org/a"),
        ("hxxp://example .com/a", "http://example.com/a"),
        ("http://intranet/login.php", "http://intranet/login.php"),
    ] {
        let found = read(TextKind::Plain, text);
        let urls = found.indicators.iter();
        let mut urls = urls.filter(|one| one.kind == IndicatorKind::Url);
        assert_eq!(urls.next().map(|one| one.value.as_str()), Some(url));
    }
    let prose = read(TextKind::Plain, "Use http:// instead. See .com names.");
    assert!(prose.indicators.is_empty(), "{:?}", prose.indicators);
}

#[test]
fn the_evidence_of_a_yaml_report_is_its_word_however_it_is_indented() {
    for blanks in ["", " ", "  ", "\t "] {
        let text = format!(
            "Reported-From: a@b.example\nReport-Type:{blanks}login-attack\nSource: 192.0.2.10\nVersion: 0.2\n"
        );
        let found = read(TextKind::Yaml, &text);
        let span = &found.incident.types.first().unwrap().span;
        assert_eq!(text.get(span.start..span.end), Some("login-attack"));
    }
}
