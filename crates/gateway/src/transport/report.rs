//! Reports (RFC 8460) that we send: made from a day's counts, for each domain that we deliver to and that asks for it.
