//! Who may do what: one database role for each part of the daemon, without a login of its own. Logins are made members of them.
//!
//! Roles belong to the whole cluster and rights to one database, so both are put in place after every run of the migrations
//! ([`Store::migrate`]), and nothing is lost when they were there before. A user that may not make roles says which are missing
//! ([`Store::rights_findings`]), and an administrator runs what [`rights_script`] prints. Nobody, the roles included, may
//! change or delete a line of the audit trail; nothing is a `SECURITY DEFINER` function.

use sqlx::PgConnection;

use super::{Store, StoreFault};

/// Takes mail in: adds to the inbox and does nothing else.
pub const LISTENER: &str = "pillarbox_listener";
/// Reads, decides, files.
pub const WORKER: &str = "pillarbox_worker";
/// Sends.
pub const OUTBOX: &str = "pillarbox_outbox";
/// The commands of analysts.
pub const CONSOLE: &str = "pillarbox_console";

/// All of them, in the order of the rights in [`Rights`].
pub const ROLES: [&str; 4] = [LISTENER, WORKER, OUTBOX, CONSOLE];

/// What each role may do with one table: privileges as `GRANT` takes them, with their columns where not all are meant.
pub struct Rights {
    /// A table or sequence of the schema `public`.
    pub table: &'static str,
    /// Of [`LISTENER`], [`WORKER`], [`OUTBOX`] and [`CONSOLE`]; empty lists give nothing.
    pub of: [&'static [&'static str]; 4],
}

const NOTHING: &[&str] = &[];
const READ: &[&str] = &["SELECT"];
const APPEND: &[&str] = &["SELECT", "INSERT"];
const WRITE: &[&str] = &["SELECT", "INSERT", "UPDATE"];
const ALL: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE"];
const DROP: &[&str] = &["SELECT", "INSERT", "DELETE"];

const fn rights(table: &'static str, of: [&'static [&'static str]; 4]) -> Rights {
    Rights { table, of }
}

/// Every table and sequence, and a decision for every role. A test demands that nothing is left out.
#[rustfmt::skip]
pub const RIGHTS: &[Rights] = &[
    //                              listener  worker   outbox   console
    rights("_sqlx_migrations",     [NOTHING,  READ,    READ,    READ]),
    rights("inbox",                [INBOX_IN, WORK,    NOTHING, INBOX_RETRY]),
    rights("inbox_piece",          [PIECE_IN, CLEAN,   NOTHING, NOTHING]),
    // Who may write a key over can as well delete it; what has rows keeps it. The console removes organisations with theirs.
    rights("case_key",             [NOTHING,  ALL,     APPEND,  ALL]),
    rights("ticket",               [NOTHING,  ALL,     NOTHING, CLOSE]),
    rights("ticket_event",         [NOTHING,  APPEND,  NOTHING, APPEND]),
    rights("ticket_tag",           [NOTHING,  NOTHING, NOTHING, DROP]),
    rights("ticket_before",        [NOTHING,  READ,    NOTHING, ALL]),
    rights("ticket_number",        [NOTHING,  &["USAGE"], NOTHING, &["USAGE"]]),
    rights("awaited",              [NOTHING,  END,   FAIL,   AWAIT]),
    rights("entry",                [NOTHING,  ALL,     NOTHING, PROMOTE]),
    // Who upgrades fills it.
    rights("relist",               [NOTHING,  CLEAN,   NOTHING, NOTHING]),
    rights("seen",                 [NOTHING,  DROP,    NOTHING, NOTHING]),
    rights("party",                [NOTHING,  DROP,    NOTHING, APPEND]),
    rights("foreign_reference",    [NOTHING,  DROP,    NOTHING, DROP]),
    rights("observable",           [NOTHING,  DROP,    NOTHING, VALUES]),
    rights("observable_index",     [NOTHING,  APPEND,  NOTHING, REFINE]),
    rights("index_partition",      [NOTHING,  WRITE,   NOTHING, WRITE]),
    rights("index_spread",         [NOTHING,  DROP,    NOTHING, APPEND]),
    rights("certificate",          [NOTHING,  WRITE,   NOTHING, WRITE]),
    rights("certificate_handle",   [NOTHING,  APPEND,  NOTHING, APPEND]),
    rights("certificate_binding",  [NOTHING,  WRITE,   NOTHING, WRITE]),
    rights("certificate_event",    [NOTHING,  APPEND,  NOTHING, APPEND]),
    rights("replay",               [NOTHING,  WRITE,   NOTHING, KNOWN]),
    rights("entry_flag",           [NOTHING,  APPEND,  NOTHING, APPEND]),
    rights("signer",               [NOTHING,  APPEND,  NOTHING, ALONG]),
    rights("verdict",              [NOTHING,  APPEND,  NOTHING, VERDICTS]),
    rights("outbox",               [NOTHING,  QUEUE,   DELIVER, RELEASE]),
    rights("acknowledged",         [NOTHING,  DROP,    NOTHING, NOTHING]),
    // Accounts are the owner's to make: who takes the console over makes none, and changes no role or password. Those that a provider
    // lets in are made and changed here; a trigger (migration 0030) holds that to them.
    rights("console_account",      [NOTHING,  NOTHING, NOTHING, SIGN_IN]),
    rights("console_session",      [NOTHING,  NOTHING, NOTHING, ALL]),
    rights("console_attempt",      [NOTHING,  NOTHING, NOTHING, ALL]),
    rights("console_flow",         [NOTHING,  NOTHING, NOTHING, DROP]),
    rights("console_known",        [NOTHING,  NOTHING, NOTHING, ALL]),
    // Tokens, too, are the owner's to give.
    rights("api_token",            [NOTHING,  NOTHING, NOTHING, USE]),
    rights("api_request",          [NOTHING,  NOTHING, NOTHING, ALL]),
    rights("console_search",       [NOTHING,  NOTHING, NOTHING, ALL]),
    rights("contact_language",     [NOTHING,  READ,    NOTHING, ALL]),
    rights("organisation",         [NOTHING,  READ,    NOTHING, ALL]),
    rights("audit",                [NOTHING,  APPEND,  APPEND,  APPEND]),
    rights("audit_head",           [NOTHING,  WRITE,   WRITE,   WRITE]),
    rights("audit_anchor",         [NOTHING,  APPEND,  APPEND,  APPEND]),
    // The worker erases what was kept long enough. Erasing by hand and sealing anew are the owner's, like migrations and copies.
    rights("shred_log",            [NOTHING,  WRITE,   READ,    READ]),
    rights("epoch_key",            [NOTHING,  APPEND,  APPEND,  APPEND]),
    // Whoever writes a key reads which generation it must have.
    rights("reseal",               [NOTHING,  READ,    READ,    READ]),
    rights("undeliverable",        [NOTHING,  READ,    ALL,     &["SELECT", "DELETE"]]),
    rights("overdue_notice",       [NOTHING,  ALL,     ALL,     NOTHING]),
    // The worker says what is wanted; whoever changes a ticket writes it down (triggers of migration 0043).
    rights("ticket_hook",          [NOTHING,  ALL,     NOTHING, READ]),
    rights("ticket_notice",        [NOTHING,  ALL,     ALL,     APPEND]),
    rights("transport_peer",       [NOTHING,  DROP,    APPEND,  READ]),
    rights("transport_count",      [NOTHING,  ALL,     WRITE,   READ]),
    rights("transport_habit",      [NOTHING,  ALL,     WRITE,   READ]),
    rights("transport_alert",      [NOTHING,  WRITE,   WRITE,   READ]),
    rights("transport_notice",     [NOTHING,  ALL,     ALL,     NOTHING]),
    rights("transport_report",     [NOTHING,  ALL,     NOTHING, READ]),
    rights("transport_received",   [NOTHING,  DROP,    APPEND,  NOTHING]),
];

/// A listener says what came, not how often it was tried, nor when it is due.
const INBOX_IN: &[&str] = &["INSERT (id, size, pieces, envelope, content)"];
const PIECE_IN: &[&str] = &["INSERT (message, number, content)"];
/// Only listeners add to the inbox.
const WORK: &[&str] = &["SELECT", "UPDATE", "DELETE"];
/// A month's index is made as fine as its volume asks for; what opens with a key of now, and what analysts correct, has other values.
const REFINE: &[&str] = &["SELECT", "INSERT", "DELETE", "UPDATE (cell)"];
/// Suppressed mail becomes a ticket, analysts write letters, and what could not be decrypted opens.
const PROMOTE: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE (ticket, case_id, raw, summary, reading, signature)",
];
/// What belongs to a message goes along when it leaves a ticket; there is more of it when it opens with a key of now.
const ALONG: &[&str] = &["SELECT", "INSERT", "UPDATE (case_id)"];
const KNOWN: &[&str] = &["SELECT", "INSERT", "UPDATE (case_id, again)"];
const VALUES: &[&str] = &["SELECT", "INSERT", "UPDATE (case_id, month, value)"];
const VERDICTS: &[&str] = &["SELECT", "INSERT", "UPDATE (detail)"];
/// Tickets are promoted, closed, reopened, merged, and given to analysts.
const CLOSE: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE (state, needs_human, changed_hour, merged_into, answer_due, tell_at, told, owner, owner_since, claim_refused)",
];
/// A code is used up, a language chosen, keys switched off; a provider's accounts are made, and get the role of their groups.
const SIGN_IN: &[&str] = &[
    "SELECT",
    "INSERT (id, team, name, role, password, totp, issuer, subject)",
    "UPDATE (totp_used, language, keys, role)",
];
/// A token is used.
const USE: &[&str] = &["SELECT", "UPDATE (used_at)"];
/// Mail of ours that expects an answer: it comes, or can't.
const END: &[&str] = &["SELECT", "UPDATE (told, until, failed, ended)"];
const FAIL: &[&str] = &["SELECT", "UPDATE (until, failed)"];
const AWAIT: &[&str] = &["SELECT", "INSERT", "UPDATE (ended, withdrawn_by)"];
const CLEAN: &[&str] = &["SELECT", "DELETE"];
/// `quarantine list` and `retry` read no content.
const INBOX_RETRY: &[&str] = &[
    "SELECT (id, attempts, due_at, failure)",
    "UPDATE (attempts, due_at, failure)",
];
/// The worker queues mail and sees how it goes; the delivery is not its business. It deletes what belongs to an erased case.
const QUEUE: &[&str] = &[
    "DELETE",
    "SELECT (id, case_id, state, attempts, created_at, due_at, status, ended_at, purpose, addressed, letter)",
    "INSERT (id, case_id, state, due_at, message, purpose, once, addressed)",
];
const DELIVER: &[&str] = &[
    "SELECT",
    "UPDATE (state, attempts, due_at, status, ended_at)",
];
/// Mail is let go, given up or taken back, and letters are queued.
const RELEASE: &[&str] = &[
    "SELECT",
    "INSERT (id, case_id, due_at, message, purpose, once, addressed, letter)",
    "UPDATE (state, status, created_at, due_at, ended_at)",
];

/// What an administrator runs, in the database of the installation, where the migrations could not: makes the roles, and puts
/// the rights in place. May be run again. Needs a superuser, or somebody with `CREATEROLE` who owns database and tables.
pub fn rights_script() -> String {
    let mut out = String::from("-- Roles and rights of pillarbox; may be run again.\n");
    for role in ROLES {
        out.push_str(&format!(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN {}; END IF; END $$;\n",
            create(role)
        ));
    }
    out.push_str(&grants(&ROLES));
    out.push_str(QUIET_LOG);
    out
}

fn create(role: &str) -> String {
    format!("CREATE ROLE {role} NOLOGIN")
}

/// Postgres' log shows no values of ours (T76); only a superuser may say so.
const QUIET_LOG: &str = "DO $$ BEGIN IF current_setting('log_parameter_max_length') <> '0' THEN
    EXECUTE format('ALTER DATABASE %I SET log_parameter_max_length = 0', current_database());
END IF; END $$;
";

/// Nobody but the owner and the roles may even connect or make a temporary table. The owner keeps what he needs, should the
/// database belong to somebody else.
fn doors(roles: &str) -> String {
    format!(
        "DO $$
DECLARE owner name := (SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = '_sqlx_migrations');
BEGIN
    EXECUTE format('GRANT ALL ON DATABASE %I TO %I', current_database(), owner);
    EXECUTE format('GRANT ALL ON SCHEMA public TO %I', owner);
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, {roles}', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO {roles}', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC, {roles};
GRANT USAGE ON SCHEMA public TO {roles};
"
    )
}

fn grants(roles: &[&str]) -> String {
    let all = roles.join(", ");
    // Two of these at once would trip over each other's catalog rows.
    let mut out =
        String::from("BEGIN;\nSELECT pg_advisory_xact_lock(hashtext('pillarbox rights'));\n");
    out.push_str(&doors(&all));
    for Rights { table, of } in RIGHTS {
        let kind = if *table == "ticket_number" {
            "SEQUENCE "
        } else {
            ""
        };
        out.push_str(&format!(
            "REVOKE ALL ON {kind}public.{table} FROM PUBLIC, {all};\n"
        ));
        let named = ROLES.iter().zip(of);
        for (role, words) in named.filter(|(role, words)| roles.contains(role) && !words.is_empty())
        {
            let words = words.join(", ");
            out.push_str(&format!(
                "GRANT {words} ON {kind}public.{table} TO {role};\n"
            ));
        }
    }
    out.push_str("COMMIT;\n");
    out
}

/// Makes the roles that are missing and puts the rights in place, as far as this user may.
pub(super) async fn settle(connection: &mut PgConnection) -> Result<(), StoreFault> {
    for role in missing(connection).await? {
        // Another database of the cluster may be migrated at the same moment.
        match run(connection, create(role)).await {
            Ok(()) | Err(StoreFault::Denied | StoreFault::Conflict) => {}
            Err(_) if !missing(connection).await?.contains(&role) => {}
            Err(fault) => return Err(fault),
        }
    }
    let missing = missing(connection).await?;
    let there: Vec<&str> = ROLES
        .into_iter()
        .filter(|role| !missing.contains(role))
        .collect();
    if !there.is_empty()
        && let Err(fault) = run(connection, grants(&there)).await
    {
        run(connection, "ROLLBACK".into()).await?;
        unless_denied(fault)?;
    }
    run(connection, QUIET_LOG.into())
        .await
        .or_else(unless_denied)
}

/// What this user may not do is left to an administrator.
fn unless_denied(fault: StoreFault) -> Result<(), StoreFault> {
    if matches!(fault, StoreFault::Denied) {
        return Ok(());
    }
    Err(fault)
}

async fn run(connection: &mut PgConnection, statements: String) -> Result<(), StoreFault> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
        .execute(connection)
        .await?;
    Ok(())
}

async fn missing(connection: &mut PgConnection) -> Result<Vec<&'static str>, StoreFault> {
    let found: Vec<String> =
        sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolname = ANY($1)")
            .bind(ROLES.as_slice())
            .fetch_all(connection)
            .await?;
    let is_missing = |role: &&str| !found.iter().any(|found| found == role);
    Ok(ROLES.into_iter().filter(is_missing).collect())
}

impl Store {
    /// What is not as it should be with roles, rights and Postgres' log, one sentence each; empty when all is well. An
    /// installation whose parts share one login works nonetheless.
    pub async fn rights_findings(&self) -> Result<Vec<String>, StoreFault> {
        let mut connection = self.connect().await?;
        let missing = missing(&mut connection).await?;
        let mut findings = Vec::new();
        if !missing.is_empty() {
            findings.push(format!("roles that do not exist: {}", missing.join(", ")));
        }
        let (mut roles, mut tables, mut words) = (Vec::new(), Vec::new(), Vec::new());
        for Rights { table, of } in RIGHTS
            .iter()
            .filter(|rights| rights.table != "ticket_number")
        {
            for (role, granted) in ROLES.iter().zip(of) {
                for word in granted.iter().filter(|_| !missing.contains(role)) {
                    roles.push(*role);
                    tables.push(*table);
                    words.push(word.split(' ').next().unwrap_or(word));
                }
            }
        }
        let lacking: Vec<String> = sqlx::query_scalar(LACKING)
            .bind(roles)
            .bind(tables)
            .bind(words)
            .fetch_all(&mut connection)
            .await?;
        findings.extend(lacking.iter().map(|role| format!("{role} lacks rights")));
        let too_much: Vec<String> = sqlx::query_scalar(TOO_MUCH)
            .bind(LISTENER)
            .fetch_all(&mut connection)
            .await?;
        findings.extend(
            too_much
                .iter()
                .map(|role| format!("{role} may do more than add to the inbox")),
        );
        let logged: String = sqlx::query_scalar("SHOW log_parameter_max_length")
            .fetch_one(&mut connection)
            .await?;
        if logged != "0" {
            findings.push(format!(
                "Postgres' log may show values: log_parameter_max_length is {logged}, not 0"
            ));
        }
        Ok(findings)
    }
}

const LACKING: &str = "
SELECT DISTINCT role FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (role, relation, word)
WHERE CASE word WHEN 'DELETE' THEN NOT has_table_privilege(role, 'public.' || relation, word)
    ELSE NOT has_any_column_privilege(role, 'public.' || relation, word) END ORDER BY role";

/// The role itself, and every login that is a member of it and no superuser.
const TOO_MUCH: &str = "
SELECT DISTINCT rolname::text FROM pg_roles r, pg_class c
WHERE (rolname = $1 OR rolcanlogin AND NOT rolsuper AND pg_has_role(r.oid, (SELECT oid FROM pg_roles WHERE rolname = $1), 'USAGE')
        AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_roles other WHERE other.rolname = ANY ('{pillarbox_worker,pillarbox_outbox,pillarbox_console}')
            AND pg_has_role(r.oid, other.oid, 'USAGE')))
    AND relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
    AND (has_any_column_privilege(r.oid, c.oid, 'SELECT, UPDATE, REFERENCES')
        OR has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER')
        OR c.relname NOT IN ('inbox', 'inbox_piece') AND has_any_column_privilege(r.oid, c.oid, 'INSERT'))
ORDER BY 1";
