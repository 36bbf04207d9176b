//! Seals and opens what is stored, and computes blind indexes. The only crate that names a cipher.
