//! Takes the layers off a message, one after the other, and says what each of them proved.

use std::collections::BTreeSet;

use sequoia_openpgp::Cert;

use super::attached::{self, Attached, MAX_CERTIFICATES, Place};
use super::entity::Entity;
use super::errant::says_little;
use super::found::{self, Found, Over};
use super::octets::Octets;
use super::shape::{Shape, shape, signed};
use super::{Mailbox, ReadPart, files, inline, protected, says};
use crate::message::{Defect, Message};
use crate::openpgp::{
    Certificates, Correspondent, Covers, Errant, Form, Holds, Judged, Keys, Layer, MAX_PLAINTEXT,
    OpenPgp, Opened, Opener, Verdict, detached, holds, kept, open,
};

/// Layers around the payload. Mail has two or three; each may cost a private-key operation.
const MAX_LAYERS: usize = 4;
/// Encrypted messages that are opened, attachments included.
const MAX_OPENINGS: usize = 12;
/// Signatures beside the payload root that are checked; each hashes what it covers.
const MAX_ASIDE: usize = 8;

/// What was under the layers.
pub(super) struct Peeled<'a> {
    pub(super) parts: Vec<ReadPart>,
    pub(super) openpgp: OpenPgp,
    pub(super) certificates: Vec<Attached>,
    pub(super) missing_signers: Vec<String>,
    pub(super) defects: Vec<Defect>,
    pub(super) protected_subject: Option<String>,
    /// SHA-256 of each message that is enclosed in the payload, its header included.
    pub(super) enclosed: Vec<[u8; 32]>,
    pub(super) octets: Octets<'a>,
}

/// Peels a message. At most [`MAX_LAYERS`] layers, by a loop: what is deeper stays closed. The octets of one part are `wanted`, by its
/// id.
pub(super) fn peel<'a>(
    raw: &'a [u8],
    outer: Message,
    from: &'a [Mailbox],
    (keys, correspondents, now): (&'a Keys, &[Correspondent<'_>], jiff::Timestamp),
    wanted: Option<&'a str>,
) -> Peeled<'a> {
    let mut peeler = Peeler {
        keys,
        now,
        from,
        certificates: Certificates::new(keys, correspondents),
        attached: Vec::new(),
        found: Vec::new(),
        budget: MAX_PLAINTEXT,
        openings: 0,
        whole: true,
        crowded: false,
        beside: Vec::new(),
        tried: BTreeSet::new(),
        errant: Vec::new(),
        defects: outer.defects.iter().copied().collect(),
        octets: Octets {
            wanted,
            ..Octets::default()
        },
    };
    let mut entity = match inline::is_bare(raw) {
        true => Entity::bare(raw),
        false => Entity::received(raw, outer),
    };
    peeler.collect(&entity);
    for _ in 0..MAX_LAYERS {
        match peeler.layer(entity) {
            Step::Deeper(inner) => entity = inner,
            Step::Payload(payload) => {
                entity = payload;
                break;
            }
        }
    }
    peeler.aside(&mut entity);
    files::signed(&mut peeler, &mut entity);
    let mut parts = inline::parts(&mut peeler, &entity);
    peeler.settle(&entity, &parts, "");
    parts.append(&mut peeler.beside);
    peeler.note_errant(&entity, "");
    peeler.into_peeled(&entity, parts)
}

enum Step<'a> {
    /// A layer was taken off.
    Deeper(Entity<'a>),
    /// There is none, or it stays closed.
    Payload(Entity<'a>),
}

/// One message being peeled.
pub(super) struct Peeler<'a> {
    keys: &'a Keys,
    pub(super) now: jiff::Timestamp,
    from: &'a [Mailbox],
    pub(super) certificates: Certificates,
    attached: Vec<(Cert, Place)>,
    pub(super) found: Vec<Found>,
    /// Octets of plaintext that may still be made.
    budget: usize,
    pub(super) openings: usize,
    /// Nothing stood beside the layers so far, so a signature on the payload root covers all that is shown (T20).
    pub(super) whole: bool,
    /// Something stood beside the two parts of a `multipart/signed`.
    crowded: bool,
    /// Parts that stood beside an encrypted layer.
    pub(super) beside: Vec<ReadPart>,
    /// The parts of the present entity that an attempt was made to open: once is enough.
    pub(super) tried: BTreeSet<usize>,
    pub(super) errant: Vec<Errant>,
    defects: BTreeSet<Defect>,
    pub(super) octets: Octets<'a>,
}

impl<'a> Peeler<'a> {
    fn layer(&mut self, mut entity: Entity<'a>) -> Step<'a> {
        match shape(&entity) {
            Some(Shape::Around { content, exact }) => {
                self.whole &= exact;
                entity.root = content;
                Step::Deeper(entity)
            }
            Some(Shape::Signed {
                content,
                signature,
                exact,
            }) => {
                self.whole &= exact;
                self.crowded |= !exact;
                let covers = self.covers();
                self.signature(&mut entity, content, signature, covers);
                entity.root = content;
                Step::Deeper(entity)
            }
            // More stands in the signed container than belongs there: nothing is opened in it (T01).
            Some(Shape::Encrypted { .. } | Shape::Alone { .. }) if self.crowded => {
                Step::Payload(entity)
            }
            Some(Shape::Encrypted { ciphertext }) => self.encrypted(entity, ciphertext, Form::Mime),
            Some(Shape::Alone { ciphertext }) => {
                self.encrypted(entity, ciphertext, Form::Attachment)
            }
            None if self.crowded => Step::Payload(entity),
            None => match inline::whole(self, &entity) {
                Some(inner) => Step::Deeper(inner),
                None => Step::Payload(entity),
            },
        }
    }

    fn encrypted(&mut self, entity: Entity<'a>, ciphertext: usize, form: Form) -> Step<'a> {
        let octets = inline::octets(&entity, ciphertext);
        self.tried.insert(ciphertext);
        let Some(mut opened) = self.opened(&octets, form) else {
            drop(octets);
            return Step::Payload(entity);
        };
        let encrypted = entity.encrypted || opened.container.is_some();
        let plaintext = std::mem::take(&mut opened.plaintext);
        let inner = if form == Form::Mime || inline::is_mime(&plaintext) {
            Entity::opened(plaintext, encrypted)
        } else {
            let name = entity
                .part(ciphertext)
                .and_then(|part| part.filename.as_deref());
            Entity::file(plaintext, inline::bare_name(name), encrypted)
        };
        self.leave(&entity, ciphertext);
        Step::Deeper(self.entered(&octets, opened, inner, form))
    }

    /// Takes over an opened layer: certificates inside may say who signed it.
    pub(super) fn entered(
        &mut self,
        ciphertext: &[u8],
        mut opened: Opened,
        mut inner: Entity<'a>,
        form: Form,
    ) -> Entity<'a> {
        self.defects.extend(inner.message.defects.iter().copied());
        let news = self.collect(&inner);
        let missing = opened
            .signatures
            .iter()
            .any(|one| one.verdict == Verdict::MissingKey);
        if news && missing {
            let again = open(ciphertext, &self.opener(), opened.container.as_ref());
            if let Ok(again) = again {
                opened.signatures = again.signatures;
            }
        }
        // A signature around ciphertext says nothing of the plaintext (RFC 9787 section 6.1.1.1).
        if opened.container.is_some() {
            for found in &mut self.found {
                if let Found::Signed { covers, .. } = found {
                    *covers = Covers::Part;
                }
            }
        }
        if opened.signatures.iter().any(Judged::checks) {
            inner.proved.push(0..inner.len());
        }
        let covers = self.covers();
        let over = || Over::Octets(0..inner.len());
        self.signed(opened.signatures, form, (covers, true), over);
        inner
    }

    /// Opens an encrypted message and notes the layer.
    pub(super) fn opened(&mut self, octets: &[u8], form: Form) -> Option<Opened> {
        self.openings = self.openings.saturating_add(1);
        if self.openings > MAX_OPENINGS {
            self.found.push(Found::Encrypted(found::not_tried(form)));
            return None;
        }
        let result = open(octets, &self.opener(), None);
        // A signed file that can't be read is a file, not an encrypted layer.
        if result.is_err() && form == Form::Attachment && holds(octets) == Some(Holds::Opaque) {
            return None;
        }
        if let Ok(opened) = &result {
            self.budget = self.budget.saturating_sub(opened.plaintext.len());
        }
        if let Some(layer) = found::encrypted_layer(&result, form) {
            self.found.push(Found::Encrypted(layer));
        }
        result.ok()
    }

    fn opener(&self) -> Opener<'_> {
        Opener {
            keys: self.keys,
            certificates: &self.certificates,
            now: self.now,
            budget: self.budget,
        }
    }

    /// Judges a signature over a MIME part.
    pub(super) fn signature(
        &mut self,
        entity: &mut Entity<'_>,
        content: usize,
        signature: usize,
        covers: Covers,
    ) {
        let octets = inline::octets(entity, signature);
        let judged = detached(&octets, entity.whole(content), &self.certificates, self.now);
        let part = entity.part(content);
        let own = part.is_some_and(|part| part.enclosing_messages == 0);
        let range = part.map(|part| part.whole.clone());
        if judged.iter().any(Judged::checks) {
            entity.proved.extend(range.clone());
        }
        entity.consumed.push(signature);
        let range = range.unwrap_or_default();
        self.signed(judged, Form::Mime, (covers, own), || {
            Over::Octets(range.clone())
        });
    }

    /// Notes signatures: how much they cover, whether they are on this message rather than on one that it forwards, and
    /// what they are over.
    pub(super) fn signed(
        &mut self,
        judged: Vec<Judged>,
        form: Form,
        (covers, own): (Covers, bool),
        over: impl Fn() -> Over,
    ) {
        self.found
            .extend(judged.into_iter().map(|judged| Found::Signed {
                judged,
                form,
                covers,
                own,
                over: over(),
            }));
    }

    pub(super) fn covers(&self) -> Covers {
        if self.whole {
            Covers::Whole
        } else {
            Covers::Part
        }
    }

    /// Judges signatures that stand anywhere else: in a mailing list's wrap, in a forwarded message. They cover a part.
    fn aside(&mut self, entity: &mut Entity<'_>) {
        let elsewhere: Vec<Shape> = (0..entity.message.parts.len())
            .filter_map(|index| signed(entity, index))
            .filter(|shape| !matches!(shape, Shape::Signed { signature, .. } if entity.consumed.contains(signature)))
            .take(MAX_ASIDE)
            .collect();
        for shape in elsewhere {
            if let Shape::Signed {
                content, signature, ..
            } = shape
            {
                self.signature(entity, content, signature, Covers::Part);
            }
        }
    }

    /// Takes the certificates that came along, and says whether one of them is news.
    fn collect(&mut self, entity: &Entity<'_>) -> bool {
        let certifiers = self.keys.certifier_ids();
        let mut news = false;
        for (cert, place) in attached::certificates(&entity.message, self.from, &certifiers) {
            let known = self
                .attached
                .iter()
                .any(|(held, _)| held.fingerprint() == cert.fingerprint());
            if !known && self.attached.len() < MAX_CERTIFICATES {
                news |= self.certificates.add_attached(&cert);
                self.attached.push((cert, place));
            }
        }
        news
    }

    fn into_peeled(self, entity: &Entity<'_>, parts: Vec<ReadPart>) -> Peeled<'a> {
        let proved = entity
            .part(entity.root)
            .is_some_and(|root| entity.is_proved(root));
        let protects = entity.encrypted || (proved && self.whole);
        let inner_from = protects.then(|| protected::from(entity)).flatten();
        let sender = found::sender(self.from, inner_from.as_deref());
        let protected_subject = protects.then(|| protected::subject(entity)).flatten();
        let missing_signers = found::missing_signers(&self.found);
        let certificates = self.brought();
        let layers: Vec<Layer> = self
            .found
            .into_iter()
            .map(|found| found.into_layer(sender))
            .collect();
        let opened = layers
            .iter()
            .any(|layer| matches!(layer, Layer::Encrypted(layer) if layer.key.is_some()));
        let withheld = !self.errant.is_empty() && !opened && says_little(&parts);
        let enclosed = says::enclosed(entity);
        let openpgp = OpenPgp {
            protected_subject: protected_subject.is_some(),
            ..found::summary(layers, self.errant, withheld)
        };
        Peeled {
            parts,
            openpgp,
            certificates,
            missing_signers,
            defects: self.defects.into_iter().collect(),
            protected_subject,
            enclosed,
            octets: self.octets,
        }
    }

    fn brought(&self) -> Vec<Attached> {
        let certifiers = self.keys.certifier_ids();
        let attached = |(cert, place): &(Cert, Place)| {
            Some(Attached {
                certificate: kept(cert, &certifiers)?,
                place: *place,
            })
        };
        self.attached.iter().filter_map(attached).collect()
    }
}
