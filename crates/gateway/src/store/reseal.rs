//! Sealing a case anew: one transaction a case, during which nothing joins it.

use sqlx::{ConnectOptions, PgConnection};
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{Store, StoreFault};

/// Every column that holds what is sealed under the key of a case: a new one must be added here, and a test says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedColumn {
    /// `entry.raw`
    Raw,
    /// `entry.summary`
    Summary,
    /// `entry.reading`
    Reading,
    /// `observable.value`
    Observable,
    /// `outbox.message`
    Letter,
    /// `certificate.sealed`
    Certificate,
    /// `transport_peer.sealed`
    Peer,
    /// `certificate_binding.sealed`
    Binding,
    /// `certificate_event.detail`
    CertificateEvent,
    /// `verdict.detail`
    Verdict,
    /// `ticket_event.detail`
    TicketEvent,
    /// `console_account.totp`
    Totp,
    /// `organisation.sealed`
    Organisation,
    /// `console_search.sealed`
    Search,
}

impl SealedColumn {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Raw,
        Self::Summary,
        Self::Reading,
        Self::Observable,
        Self::Letter,
        Self::Certificate,
        Self::Peer,
        Self::Binding,
        Self::CertificateEvent,
        Self::Verdict,
        Self::TicketEvent,
        Self::Totp,
        Self::Organisation,
        Self::Search,
    ];

    /// `table.column`
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "entry.raw",
            Self::Summary => "entry.summary",
            Self::Reading => "entry.reading",
            Self::Observable => "observable.value",
            Self::Letter => "outbox.message",
            Self::Certificate => "certificate.sealed",
            Self::Peer => "transport_peer.sealed",
            Self::Binding => "certificate_binding.sealed",
            Self::CertificateEvent => "certificate_event.detail",
            Self::Verdict => "verdict.detail",
            Self::TicketEvent => "ticket_event.detail",
            Self::Totp => "console_account.totp",
            Self::Organisation => "organisation.sealed",
            Self::Search => "console_search.sealed",
        }
    }

    fn list(self) -> &'static str {
        match self {
            Self::Raw | Self::Summary | Self::Reading => "SELECT id FROM entry WHERE case_id = $1",
            Self::Observable => "SELECT entry FROM observable WHERE case_id = $1",
            // Mail may be emptied once it was sent: not between being read and being written here.
            Self::Letter => "SELECT id FROM outbox WHERE case_id = $1 AND message <> '' FOR UPDATE",
            Self::Certificate => "SELECT id FROM certificate WHERE id = $1",
            Self::Peer => "SELECT id FROM transport_peer WHERE id = $1",
            Self::Binding => "SELECT id FROM certificate_binding WHERE certificate = $1",
            Self::CertificateEvent => "SELECT id FROM certificate_event WHERE certificate = $1",
            Self::Verdict => {
                "SELECT v.id FROM verdict v JOIN entry e ON e.id = v.entry WHERE e.case_id = $1"
            }
            Self::TicketEvent => "SELECT id FROM ticket_event WHERE ticket = $1",
            Self::Totp => "SELECT id FROM console_account WHERE id = $1",
            Self::Organisation => "SELECT id FROM organisation WHERE id = $1",
            Self::Search => "SELECT id FROM console_search WHERE id = $1",
        }
    }

    fn read(self) -> &'static str {
        match self {
            Self::Raw => "SELECT raw FROM entry WHERE id = $1",
            Self::Summary => "SELECT summary FROM entry WHERE id = $1",
            Self::Reading => "SELECT reading FROM entry WHERE id = $1",
            Self::Observable => "SELECT value FROM observable WHERE entry = $1",
            Self::Letter => "SELECT message FROM outbox WHERE id = $1",
            Self::Certificate => "SELECT sealed FROM certificate WHERE id = $1",
            Self::Peer => "SELECT sealed FROM transport_peer WHERE id = $1",
            Self::Binding => "SELECT sealed FROM certificate_binding WHERE id = $1",
            Self::CertificateEvent => "SELECT detail FROM certificate_event WHERE id = $1",
            Self::Verdict => "SELECT detail FROM verdict WHERE id = $1",
            Self::TicketEvent => "SELECT detail FROM ticket_event WHERE id = $1",
            Self::Totp => "SELECT totp FROM console_account WHERE id = $1",
            Self::Organisation => "SELECT sealed FROM organisation WHERE id = $1",
            Self::Search => "SELECT sealed FROM console_search WHERE id = $1",
        }
    }

    fn write(self) -> &'static str {
        match self {
            Self::Raw => "UPDATE entry SET raw = $2 WHERE id = $1",
            Self::Summary => "UPDATE entry SET summary = $2 WHERE id = $1",
            Self::Reading => "UPDATE entry SET reading = $2 WHERE id = $1",
            Self::Observable => "UPDATE observable SET value = $2 WHERE entry = $1",
            Self::Letter => "UPDATE outbox SET message = $2 WHERE id = $1",
            Self::Certificate => "UPDATE certificate SET sealed = $2 WHERE id = $1",
            Self::Peer => "UPDATE transport_peer SET sealed = $2 WHERE id = $1",
            Self::Binding => "UPDATE certificate_binding SET sealed = $2 WHERE id = $1",
            Self::CertificateEvent => "UPDATE certificate_event SET detail = $2 WHERE id = $1",
            Self::Verdict => "UPDATE verdict SET detail = $2 WHERE id = $1",
            Self::TicketEvent => "UPDATE ticket_event SET detail = $2 WHERE id = $1",
            Self::Totp => "UPDATE console_account SET totp = $2 WHERE id = $1",
            Self::Organisation => "UPDATE organisation SET sealed = $2 WHERE id = $1",
            Self::Search => "UPDATE console_search SET sealed = $2 WHERE id = $1",
        }
    }
}

/// A sealed value of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedPlace {
    /// Where.
    pub column: SealedColumn,
    /// The row; the entry of searchable values.
    pub row: Uuid,
}

/// A case in a transaction of its own, which ends when this is dropped: without [`CaseWork::finish`] nothing is changed.
pub struct CaseWork {
    pub(super) connection: PgConnection,
    pub(super) case: Uuid,
    /// The key under which everything is sealed so far, wrapped.
    pub wrapped: WrappedKey,
}

impl Store {
    /// Takes a case in hand; `None` when it is gone.
    pub async fn take_case(&self, case: Uuid) -> Result<Option<CaseWork>, StoreFault> {
        let mut connection = self.pool.options().connect().await?;
        sqlx::raw_sql("BEGIN").execute(&mut connection).await?;
        // Whoever is about to join the case waits, and then finds another key than it has read (`store::commit`).
        let wrapped: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT wrapped FROM case_key WHERE id = $1 FOR UPDATE")
                .bind(case)
                .fetch_optional(&mut connection)
                .await?;
        Ok(wrapped.map(|wrapped| CaseWork {
            connection,
            case,
            wrapped: WrappedKey::from_bytes(wrapped),
        }))
    }

    /// How many messages wait in the inbox, or are still coming in, under this key: the number stands in the header of what is
    /// sealed. Content is sealed from its first octet on, the envelope at the end: the key may have been rotated between.
    pub async fn waiting_under(&self, kid: u32) -> Result<i64, StoreFault> {
        let counted = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM inbox WHERE substring(envelope FROM 6 FOR 4) = $1
                        OR (pieces = 0 AND substring(content FROM 6 FOR 4) = $1))
                  + (SELECT count(*) FROM inbox_piece WHERE number = 0 AND substring(content FROM 6 FOR 4) = $1)",
        );
        let counted = counted.bind(kid.to_be_bytes().to_vec());
        Ok(counted.fetch_one(&self.pool).await?)
    }
}

impl CaseWork {
    /// Every sealed value of the case.
    pub async fn places(&mut self) -> Result<Vec<SealedPlace>, StoreFault> {
        let mut places = Vec::new();
        for column in SealedColumn::ALL {
            let rows: Vec<Uuid> = sqlx::query_scalar(column.list())
                .bind(self.case)
                .fetch_all(&mut self.connection)
                .await?;
            places.extend(rows.into_iter().map(|row| SealedPlace { column, row }));
        }
        Ok(places)
    }

    /// One value.
    pub async fn read(&mut self, place: &SealedPlace) -> Result<Sealed, StoreFault> {
        let sealed = sqlx::query_scalar(place.column.read())
            .bind(place.row)
            .fetch_one(&mut self.connection)
            .await?;
        Ok(Sealed::from_bytes(sealed))
    }

    /// Puts another in its place.
    pub async fn write(&mut self, place: &SealedPlace, sealed: &Sealed) -> Result<(), StoreFault> {
        sqlx::query(place.column.write())
            .bind(place.row)
            .bind(sealed.as_bytes())
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Puts the new key in the old one's place, and commits.
    pub async fn finish(mut self, wrapped: &WrappedKey) -> Result<(), StoreFault> {
        sqlx::query("UPDATE case_key SET wrapped = $2 WHERE id = $1")
            .bind(self.case)
            .bind(wrapped.as_bytes())
            .execute(&mut self.connection)
            .await?;
        self.commit().await
    }

    pub(super) async fn commit(mut self) -> Result<(), StoreFault> {
        sqlx::raw_sql("COMMIT")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}
