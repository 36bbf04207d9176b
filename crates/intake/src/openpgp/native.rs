//! A secret key as OpenSSL wants it, made once: Sequoia's own key pair makes it anew for each operation, and without the
//! factors of an RSA modulus, which alone costs a factor of four.
//!
//! Prepared are RSA, Curve25519 and Ed25519 in their version 4 and RFC 9580 forms; every other algorithm stays Sequoia's
//! key pair. A key in gpg-agent is none of ours, and each operation asks there. OpenSSL overwrites what it was given when the key is dropped; the process that holds it can't be dumped (T75).

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::derive::Deriver;
use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::pkey::{Id, PKey, Private};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::{Padding, Rsa, RsaPrivateKeyBuilder};
use openssl::sign::Signer as OneShot;
use sequoia_openpgp::crypto::mem::Protected;
use sequoia_openpgp::crypto::mpi::{
    Ciphertext, MPI, ProtectedMPI, PublicKey, SecretKeyMaterial, Signature,
};
use sequoia_openpgp::crypto::{Decryptor, KeyPair, SessionKey, Signer, ecdh};
use sequoia_openpgp::packet::Key;
use sequoia_openpgp::packet::key::{PublicParts, UnspecifiedRole};
use sequoia_openpgp::types::{Curve, HashAlgorithm, SymmetricAlgorithm};
use sequoia_openpgp::{Result, anyhow};

use super::unpad::{self, Rejection};

/// The public part of a secret key that is elsewhere.
pub type PublicPart = Key<PublicParts, UnspecifiedRole>;

/// One operation with a secret key that another process holds.
pub trait Operation: Decryptor + Signer {}

impl<T: Decryptor + Signer> Operation for T {}

/// A secret key that another process holds: gpg-agent, or a smart card behind it.
pub struct Elsewhere {
    /// Begins an operation.
    pub begin: Box<dyn Fn() -> Result<Box<dyn Operation>> + Send + Sync>,
    /// Is told that an operation failed: the ciphertext may be none of the key's, or who holds the key is away.
    pub failed: Box<dyn Fn() + Send + Sync>,
}

impl Elsewhere {
    fn run<T>(&self, operation: impl FnOnce(&mut dyn Operation) -> Result<T>) -> Result<T> {
        let done = (self.begin)().and_then(|mut begun| operation(&mut *begun));
        done.inspect_err(|_| (self.failed)())
    }
}

/// A secret key, unlocked and ready.
pub(super) struct SecretKey {
    public: PublicPart,
    native: Native,
}

enum Native {
    Rsa(Box<RsaKey>),
    /// Cv25519 in ECDH packets, and X25519.
    X25519(PKey<Private>),
    /// Ed25519 in EdDSA packets, and Ed25519.
    Ed25519(PKey<Private>),
    /// NIST and Brainpool curves, Curve448, DSA, and what Sequoia learns next.
    Other(Box<KeyPair>),
    /// Not in this process.
    Elsewhere(Elsewhere),
}

struct RsaKey {
    key: Rsa<Private>,
    rejection: Rejection,
}

impl SecretKey {
    /// A key that OpenSSL does not take is used as Sequoia does.
    pub(super) fn new(pair: KeyPair) -> SecretKey {
        let native = pair
            .secret()
            .map(|secret| prepared(pair.public().mpis(), secret));
        SecretKey {
            public: pair.public().clone(),
            native: native.unwrap_or_else(|| Native::Other(Box::new(pair))),
        }
    }

    /// One that another process holds.
    pub(super) fn elsewhere(public: PublicPart, key: Elsewhere) -> SecretKey {
        SecretKey {
            public,
            native: Native::Elsewhere(key),
        }
    }

    pub(super) fn public(&self) -> &PublicPart {
        &self.public
    }
}

fn prepared(public: &PublicKey, secret: &SecretKeyMaterial) -> Option<Native> {
    if let (PublicKey::RSA { e, n }, SecretKeyMaterial::RSA { d, p, q, u }) = (public, secret) {
        let key = rsa(n, e, [d, p, q, u]).ok()?;
        let rejection = Rejection::new(d.value());
        return Some(Native::Rsa(Box::new(RsaKey { key, rejection })));
    }
    let raw = |octets: &[u8], id| PKey::private_key_from_raw_bytes(octets, id).ok();
    if let (PublicKey::ECDH { curve, .. }, SecretKeyMaterial::ECDH { scalar }) = (public, secret)
        && *curve == Curve::Cv25519
    {
        // RFC 9580 section 5.5.5.6.1.1: the scalar is stored in the other order of octets, without leading zeros.
        let mut scalar = scalar.value_padded(32);
        scalar.reverse();
        raw(&scalar, Id::X25519).map(Native::X25519)
    } else if let SecretKeyMaterial::X25519 { x } = secret {
        raw(x, Id::X25519).map(Native::X25519)
    } else if let (PublicKey::EdDSA { curve, .. }, SecretKeyMaterial::EdDSA { scalar }) =
        (public, secret)
        && *curve == Curve::Ed25519
    {
        raw(&scalar.value_padded(32), Id::ED25519).map(Native::Ed25519)
    } else if let SecretKeyMaterial::Ed25519 { x } = secret {
        raw(x, Id::ED25519).map(Native::Ed25519)
    } else {
        None
    }
}

/// With the exponents of the Chinese remainder theorem. OpenPGP keeps `u`, the inverse of `p` modulo `q`; OpenSSL wants that
/// of its second factor, so the factors change places.
fn rsa(
    n: &MPI,
    e: &MPI,
    secret: [&ProtectedMPI; 4],
) -> std::result::Result<Rsa<Private>, ErrorStack> {
    let [d, p, q, u] = secret.map(|number| BigNum::from_slice(number.value()));
    let (mut d, mut p, mut q, u) = (d?, p?, q?, u?);
    for number in [&mut d, &mut p, &mut q] {
        number.set_const_time();
    }
    let (first, second) = (exponent(&d, &q)?, exponent(&d, &p)?);
    let public = (
        BigNum::from_slice(n.value())?,
        BigNum::from_slice(e.value())?,
    );
    let key = RsaPrivateKeyBuilder::new(public.0, public.1, d)?
        .set_factors(q, p)?
        .set_crt_params(first, second, u)?
        .build();
    Ok(key)
}

/// `d mod (factor - 1)`
fn exponent(d: &BigNumRef, factor: &BigNumRef) -> std::result::Result<BigNum, ErrorStack> {
    let mut context = BigNumContext::new_secure()?;
    let mut less = factor.to_owned()?;
    less.set_const_time();
    less.sub_word(1)?;
    let mut exponent = BigNum::new()?;
    let done = exponent.nnmod(d, &less, &mut context);
    less.clear();
    done.map(|()| exponent)
}

impl Decryptor for &SecretKey {
    fn public(&self) -> &Key<PublicParts, UnspecifiedRole> {
        &self.public
    }

    fn decrypt(&mut self, ciphertext: &Ciphertext, length: Option<usize>) -> Result<SessionKey> {
        match (&self.native, ciphertext) {
            (Native::Rsa(rsa), Ciphertext::RSA { c }) => Ok(rsa.session_key(c.value(), length)),
            (Native::X25519(key), Ciphertext::ECDH { e, .. }) => {
                let point = e.decode_point(&Curve::Cv25519)?.0;
                let shared = shared(key, point)?;
                ecdh::decrypt_unwrap(&self.public, &shared, ciphertext, length)
            }
            (Native::X25519(key), Ciphertext::X25519 { e, key: wrapped }) => {
                let PublicKey::X25519 { u } = self.public.mpis() else {
                    return Err(anyhow::anyhow!("the ciphertext is for another algorithm"));
                };
                let kek = x25519_kek(&**e, u, &shared(key, &**e)?)?;
                Ok(ecdh::aes_key_unwrap(SymmetricAlgorithm::AES128, &kek, wrapped)?.into())
            }
            (Native::Other(pair), _) => Decryptor::decrypt(&mut *pair.clone(), ciphertext, length),
            (Native::Elsewhere(key), _) => key.run(|begun| begun.decrypt(ciphertext, length)),
            (Native::Rsa(_) | Native::X25519(_) | Native::Ed25519(_), _) => {
                Err(anyhow::anyhow!("the ciphertext is for another algorithm"))
            }
        }
    }
}

impl RsaKey {
    /// Never fails, and takes as long whatever the ciphertext holds: what is not a session key gives another one, always the
    /// same for the same ciphertext (T07). OpenSSL 3.0 has no implicit rejection of its own; later ones don't see the padding
    /// here. Blinding is OpenSSL's and on.
    fn session_key(&self, ciphertext: &[u8], length: Option<usize>) -> SessionKey {
        let mut block = Protected::new(usize::try_from(self.key.size()).unwrap_or(0));
        // It fails for a number that is no ciphertext of this key, which everybody sees; a block of zeros is no session key.
        let _ = self
            .key
            .private_decrypt(ciphertext, &mut block, Padding::NONE);
        unpad::session_key(&block, length, &self.rejection.of(ciphertext))
    }
}

fn shared(key: &PKey<Private>, point: &[u8]) -> Result<Protected> {
    let peer = PKey::public_key_from_raw_bytes(point, Id::X25519)?;
    let mut deriver = Deriver::new(key)?;
    deriver.set_peer(&peer)?;
    let mut shared = Protected::new(32);
    deriver.derive(&mut shared)?;
    Ok(shared)
}

/// RFC 9580 section 5.1.6.
fn x25519_kek(ephemeral: &[u8], recipient: &[u8], shared: &[u8]) -> Result<Protected> {
    let material = Protected::from([ephemeral, recipient, shared].concat());
    let mut context = PkeyCtx::new_id(Id::HKDF)?;
    context.derive_init()?;
    context.set_hkdf_md(Md::sha256())?;
    context.set_hkdf_key(&material)?;
    context.add_hkdf_info(b"OpenPGP X25519")?;
    let mut kek = Protected::new(16);
    context.derive(Some(&mut kek))?;
    Ok(kek)
}

impl Signer for &SecretKey {
    fn public(&self) -> &Key<PublicParts, UnspecifiedRole> {
        &self.public
    }

    fn sign(&mut self, algorithm: HashAlgorithm, digest: &[u8]) -> Result<Signature> {
        match &self.native {
            Native::Rsa(rsa) => {
                let info = [algorithm.oid()?, digest].concat();
                let mut signature = vec![0; usize::try_from(rsa.key.size())?];
                rsa.key
                    .private_encrypt(&info, &mut signature, Padding::PKCS1)?;
                let s = MPI::new(&signature);
                Ok(Signature::RSA { s })
            }
            Native::Ed25519(key) => {
                let mut signature = [0; 64];
                OneShot::new_without_digest(key)?.sign_oneshot(&mut signature, digest)?;
                if let PublicKey::EdDSA { .. } = self.public.mpis() {
                    let (r, s) = signature.split_at(32);
                    let (r, s) = (MPI::new(r), MPI::new(s));
                    Ok(Signature::EdDSA { r, s })
                } else {
                    let s = Box::new(signature);
                    Ok(Signature::Ed25519 { s })
                }
            }
            Native::Other(pair) => Signer::sign(&mut *pair.clone(), algorithm, digest),
            Native::Elsewhere(key) => key.run(|begun| begun.sign(algorithm, digest)),
            Native::X25519(_) => Err(anyhow::anyhow!("the key does not sign")),
        }
    }
}
