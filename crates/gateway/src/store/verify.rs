//! What `verify` walks.
