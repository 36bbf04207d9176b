//! Programs, devices and services that tell whoever runs or uses them something, without any field that says so. They sign with
//! their own name, or say why one gets their mail.

use super::mail::{Mail, harmless};
use super::incident;

/// Local parts that are a program, a device, or the user that programs run as. Not names that people have, or desks of people.
const PROGRAMS: &[&str] = &[
    "root", "apache", "httpd", "nginx", "wwwrun", "iusr", "webserver", "wordpress", "joomla", "drupal", "typo3", "prestashop", "magento", "nextcloud", "owncloud", "moodle", "mediawiki", "confluence", "sonarqube", "artifactory", "sentry", "uptimerobot", "pingdom", "statuscake", "uptimekuma", "prtg", "prtgnetworkmonitor", "whatsup", "solarwinds", "zenoss", "opmanager", "graylog", "splunk", "elastalert", "kibana", "netdata", "centreon", "naemon", "shinken", "sensu", "opsview", "pandorafms", "healthchecks", "watchdog",
    "backup", "backups", "backuppc", "bacula", "bareos", "borgmatic", "duplicati", "veeam", "backupexec", "arcserve", "acronis", "netbackup", "commvault", "rubrik", "synology", "diskstation", "qnap", "truenas", "freenas", "proxmox", "pve", "pbs", "vcenter", "vsphere", "vmware", "esxi", "idrac", "raid", "mdadm", "ups", "apcups", "apcupsd", "unifi", "ubiquiti", "mikrotik", "fortigate", "fortianalyzer", "sophos", "pfsense", "opnsense", "watchguard", "sonicwall", "printer", "copier", "scanner", "scantomail", "scan2mail", "scantoemail", "scan2email", "kopierer", "drucker", "mfp", "multifunction", "photocopieur", "voicemail", "pbx", "fax", "faxserver", "monitoring", "monitor", "alerting", "alarm", "alarms", "snort", "suricata", "samhain", "clamav", "lynis", "openvas", "gvm", "nessus", "unattendedupgrades", "etckeeper", "systemd", "ansible", "puppet", "cloudwatch", "mailnotification", "mailnotifications",
];

/// Names of products in the name that is shown: `FreePBX Voicemail`.
const PRODUCTS: &[&str] = &[
    "freepbx", "voicemail", "asterisk", "network monitor", "unifi ", "synology", "diskstation", "qnap", "nagios", "icinga", "zabbix", "check_mk", "checkmk", "grafana", "alertmanager", "uptimerobot", "uptime kuma", "wordpress", "veeam", "proxmox", "fortigate", "scan to mail", "scan-to-mail", "scan to email", "power automate", "microsoft planner", "jenkins", "teamcity", "bamboo ", "circleci",
];

/// Sentences that say why one gets such mail.
const WHY: &[&str] = &[
    "you are receiving this", "you're receiving this", "you received this email because", "you received this e-mail because", "you received this message because", "you received this mail because", "you have received this email because", "you have received this message because", "you get this email because", "you are getting this email because", "to stop receiving these", "manage your notification", "manage notification settings", "change your notification settings", "notification preferences", "to unsubscribe from these", "sie erhalten diese e-mail, weil", "sie erhalten diese mail, weil", "sie erhalten diese nachricht, weil", "sie erhalten diese e-mail, da", "vous recevez ce message car", "vous recevez ce message parce", "vous recevez cet e-mail car", "vous recevez cet e-mail parce", "vous recevez ce courriel car", "vous recevez ce courriel parce", "ha recibido este correo porque", "recibe este correo porque", "recibes este correo porque", "recibe este mensaje porque", "ricevi questa e-mail perché", "ricevi questa email perché", "ha ricevuto questa e-mail perché", "ricevi questo messaggio perché",
    "você está recebendo este", "você recebeu este", "recebeu este e-mail porque", "u ontvangt deze e-mail omdat", "je ontvangt deze e-mail omdat", "u ontvangt dit bericht omdat", "otrzymujesz tę wiadomość, ponieważ", "otrzymałeś tę wiadomość, ponieważ", "tento e-mail jste obdrželi, protože", "du får det här mejlet eftersom", "du får detta mejl eftersom", "du mottar denne e-posten fordi", "du modtager denne e-mail fordi", "saat tämän viestin, koska", "вы получили это письмо, потому", "вы получили это сообщение, потому", "ви отримали цей лист, тому", "您收到此邮件是因为", "您收到這封郵件",
];

/// A sender that is a program or a device, by its address or its name.
pub(super) fn program(mail: &Mail<'_>) -> Option<String> {
    let mut shown = mail.reading.from.iter().map(|from| from.name.to_lowercase());
    let product = shown.find(|name| PRODUCTS.iter().any(|product| name.contains(product)));
    address(mail).or_else(|| product.map(|name| harmless(&format!("sender: {name}"))))
}

fn address(mail: &Mail<'_>) -> Option<String> {
    let name = mail.sender_names().into_iter().find(|name| {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let stem = plain.trim_end_matches(|c: char| c.is_ascii_digit());
        // `veeam-bk01@`, `alerts+mx1@`: behind it stands a host. `backup-team@` are people.
        let hosted = name.split_once(['+', '-', '_', '.']).filter(|(_, host)| host.ends_with(|c: char| c.is_ascii_digit()));
        PROGRAMS.contains(&plain.as_str()) || PROGRAMS.contains(&stem) || hosted.is_some_and(|(first, _)| PROGRAMS.contains(&first))
    })?;
    Some(harmless(&format!("sender: {name}@")))
}

/// A text that says why one gets it, and reports nothing.
pub(super) fn tells_why(mail: &Mail<'_>) -> Option<String> {
    let line = mail.lines.iter().find(|line| {
        let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
        WHY.iter().any(|phrase| line.starts_with(phrase))
    })?;
    (!mail.forwarded() && !incident::reports(mail)).then(|| harmless(&format!("text: {line}")))
}
