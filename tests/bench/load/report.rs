//! A plain report of 2.8 kB, as a partner's analyst writes it.

/// Report number `n`: every one from another address, about other hosts.
pub fn text(n: usize) -> String {
    let (high, low) = (n >> 8 & 255, n & 255);
    let mut text = format!(
        "Received: from mail.d{domain}.example (mail.d{domain}.example [203.0.113.{low}])\r\n\
         \tby mx.team.example (Postfix) with ESMTPS id 4T{n:08X}\r\n\
         \tfor <csirt@team.example>; Tue, 5 Mar 2024 03:14:15 +0000 (UTC)\r\n\
         From: Analyst {n} <analyst{n}@d{domain}.example>\r\n\
         To: csirt@team.example\r\n\
         Subject: SSH brute force from your network, case {n}\r\n\
         Date: Tue, 05 Mar 2024 03:14:10 +0000\r\n\
         Message-ID: <report.{n}@d{domain}.example>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\
         User-Agent: Mutt/2.2.9\r\n\
         \r\n\
         Dear colleagues,\r\n\
         \r\n\
         our sensors recorded attempts to guess passwords over SSH that come from an\r\n\
         address in your constituency. Please look into it and tell us what you find.\r\n\
         \r\n\
         Source IP: 192.0.{high}.{low}\r\n\
         Destination IP: 198.51.100.{low}\r\n\
         Destination port: 22\r\n\
         Protocol: TCP\r\n\
         First seen: 2024-03-05 02:11:09 UTC\r\n\
         Last seen: 2024-03-05 02:58:41 UTC\r\n\
         Type: brute-force\r\n\
         TLP:AMBER\r\n\
         \r\n\
         An excerpt of our log follows, times are UTC:\r\n\
         \r\n",
        domain = n % 997
    );
    let mut second = 0;
    while text.len() < 2_560 {
        let line = format!(
            "Mar  5 02:{:02}:{:02} gw sshd[{}]: Failed password for root from 192.0.{high}.{low} port {}\r\n",
            11 + second / 60,
            second % 60,
            4_000 + second,
            40_000 + (n * 7 + second) % 20_000
        );
        text.push_str(&line);
        second += 37;
    }
    text.push_str(
        "\r\nThe machine seems to be compromised; the same address scanned our web servers last\r\n\
         week. We keep the full logs for thirty days and can send them on request.\r\n\
         \r\nKind regards,\r\n-- \r\nSecurity operations, +33 1 23 45 67 89\r\n",
    );
    text
}
