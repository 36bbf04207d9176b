//! Thirty reports, none like another: from, Subject, text.

pub const REPORTS: [(&str, &str, &str); 30] = [
    (
        "ops@shop.example",
        "Scan of our shop",
        "Our shop at 198.51.100.21 was scanned by 192.0.2.11 on 2024-03-05 02:11:09 UTC, port 443/tcp.",
    ),
    (
        "soc@bank.example",
        "Phishing page for our bank",
        "A page that looks like ours is at hxxps://login.bank-secure.example/verify and collects passwords.",
    ),
    (
        "abuse@isp.example",
        "SSH attacks from your network",
        "Your host 198.51.100.7 tries passwords at 192.0.2.12 port 22/tcp since 2024-03-04 23:00:00 UTC.",
    ),
    (
        "it@clinic.example",
        "Malware on a workstation",
        "Our workstation asked for http://update.malware.example/a.exe, SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.",
    ),
    (
        "cert@energy.example",
        "Botnet drone seen",
        "The host 198.51.100.8 reports to the controller 192.0.2.13 port 8080/tcp. TLP:GREEN",
    ),
    (
        "webmaster@school.example",
        "Our web site is defaced",
        "Somebody changed the first page of www.school.example last night. We have logs of 192.0.2.14.",
    ),
    (
        "noc@transit.example",
        "Flood against a customer",
        "198.51.100.30 gets 4 Gbit/s of DNS answers since 2024-03-05 06:10 UTC, mostly by way of 192.0.2.15.",
    ),
    (
        "anna@home.example",
        "Is this mail real?",
        "I got a mail that says my parcel waits at http://parcel.post-track.example/pay - is that right?",
    ),
    (
        "research@lab.example",
        "Open database with names",
        "198.51.100.41 port 9200/tcp answers everybody and shows what looks like names of patients.",
    ),
    (
        "abuse@cloud.example",
        "Complaint about spam",
        "198.51.100.9 sent 1200 unsolicited mails to our customers on 2024-03-04.",
    ),
    (
        "noreply@prizes.example",
        "You have won",
        "Congratulations, the first prize is yours. Call us today.",
    ),
    (
        "sales@seo.example",
        "Better ranking for your site",
        "We can bring your site to the first place within a week.",
    ),
    (
        "security@vendor.example",
        "CVE-2024-21762 in your appliances",
        "Your appliance at 198.51.100.50 is vulnerable to CVE-2024-21762 and reachable from everywhere.",
    ),
    (
        "it@town.example",
        "Account taken over",
        "The account mayor@town.example sends mail that she did not write; it was used from 192.0.2.16.",
    ),
    (
        "soc@insurer.example",
        "Credentials for sale",
        "Somebody sells logins of portal.insurer.example. The offer names 40 accounts.",
    ),
    (
        "ops@railway.example",
        "Web shell found",
        "We found a web shell at hxxp://tickets.railway.example/up/x.php, asked for by 192.0.2.17.",
    ),
    (
        "admin@museum.example",
        "Ransomware note on a file server",
        "All files on 198.51.100.60 end in .locked now, and a note asks for money.",
    ),
    (
        "abuse@host.example",
        "Port scan from 198.51.100.10",
        "198.51.100.10 scanned 192.0.2.0/24 for port 3389/tcp at 2024-03-05 01:00:00 UTC.",
    ),
    (
        "cert@nation.example",
        "Compromised router",
        "The router 198.51.100.11 is part of a proxy network, seen by us at 192.0.2.18. TLP:GREEN",
    ),
    (
        "it@brewery.example",
        "Strange name look-ups",
        "Our resolver asks for a1b2c3.tunnel.example every second since Monday.",
    ),
    (
        "soc@paper.example",
        "Login attempts at our portal",
        "192.0.2.19 tried 9000 passwords at portal.paper.example, 198.51.100.70 port 443/tcp.",
    ),
    (
        "noc@uni.example",
        "Copyright and P2P",
        "Your address 198.51.100.12 shares files with 192.0.2.20.",
    ),
    (
        "ops@parking.example",
        "Ticket machine talks to strangers",
        "The machine 198.51.100.80 opens connections to 192.0.2.21 port 4444/tcp.",
    ),
    (
        "ops2@parking.example",
        "Ticket machine, once more",
        "The same machine 198.51.100.80 talks to 192.0.2.21 port 4444/tcp again.",
    ),
    (
        "abuse@mailer.example",
        "Relay used for spam",
        "mail.relay.example (198.51.100.13) relays for everybody, last seen by 192.0.2.22.",
    ),
    (
        "postmaster@mailer.example",
        "Relay used for spam, second part",
        "mail.relay.example (198.51.100.13) did it again, last seen by 192.0.2.23.",
    ),
    (
        "it@theatre.example",
        "Beaconing every minute",
        "198.51.100.90 asks hxxp://c2.beacon.example/ping every minute.",
    ),
    (
        "it@theatre.example",
        "Beaconing: another host",
        "198.51.100.91 asks hxxp://c2.beacon.example/ping every minute, too.",
    ),
    (
        "soc@airport.example",
        "Question about a list of hosts",
        "Is 192.0.2.24 known to you? It asked our portal for backup files.",
    ),
    (
        "help@library.example",
        "Please call us back",
        "Our catalogue at 198.51.100.95 shows somebody else's pages since this morning.",
    ),
];
