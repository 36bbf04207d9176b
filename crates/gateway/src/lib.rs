//! The gateway: moves bytes between sockets, keys, Postgres and people, and calls the crates that decide.
//!
//! # Code map: the way of a message
//!
//! | module | what it does |
//! | --- | --- |
//! | [`listener`], [`tls`] | sockets in; seals while it reads; `250` after the commit |
//! | [`store`] | every SQL statement |
//! | [`worker`] | claims, reads, decides, seals, commits: start reading here |
//! | [`authenticate`] | SPF, DKIM, DMARC and ARC |
//! | [`reader`] | the child processes that read hostile mail and hold OpenPGP keys |
//! | [`dns`] | the validating resolver |
//! | [`sender`] | delivers the outbox: routes, TLS policies, destinations |
//! | [`transport`] | how peers protect their mail: indicators, alerts, reports |
//! | `web` | asking web servers: no redirects, no proxies |
//! | [`serve`] | starts all of it, and stops it |
//! | [`config`], [`settings`] | the configuration, and what the parts are told of it |
//! | [`accounts`] | who may log in, and SASL |
//! | `protection` | how a message was protected, in the words that are stored |
//! | `press` | mail of ours is signed, encrypted and made ready |
//! | [`sealing`] | the place of every sealed value |
//! | [`corrections`] | what analysts say of values that were read |
//! | `parts` | the parts of a message, attachments among them, and one taken out |
//! | [`tags`] | words by which a team sorts its tickets |
//! | [`ticket`], [`actions`] | closing and reopening; what else analysts do with tickets |
//! | [`contacts`] | the register of organisations: whose what is, and whom to call |
//! | [`query`] | the language in which tickets are asked for |
//! | `figures` | what charts show, and programs read |
//! | `marking` | how a ticket is marked |
//! | [`search`], [`concern`] | search over sealed values; whose problem a value is |
//! | [`audit`], [`verify`] | who did and who read what; whether anything was changed |
//! | [`doctor`] | whether the surroundings are well |
//! | [`cli`] | commands for people |
//! | [`console`] | pages for analysts |
//! | [`api`] | the same as JSON, for programs |
//! | [`demo`], [`postgres`] | a private installation to try |
//! | [`admin`], [`telemetry`], [`gist`], [`screen`] | health, metrics, logs; words and tables for people |

pub mod accounts;
pub mod actions;
pub mod admin;
pub mod analyst;
pub mod api;
pub mod audit;
pub mod authenticate;
pub mod backup;
pub mod cli;
pub mod concern;
pub mod config;
pub mod console;
pub mod contacts;
pub mod corrections;
mod correspondents;
pub mod demo;
pub mod dns;
pub mod doctor;
pub mod epochs;
pub mod erasure;
mod figures;
pub mod gist;
pub mod keyfiles;
pub mod listener;
mod marking;
mod parts;
pub mod postgres;
mod press;
mod protection;
pub mod query;
pub mod reader;
pub mod retention;
pub mod screen;
pub mod sealing;
pub mod search;
pub mod sender;
pub mod serve;
pub mod settings;
pub mod store;
pub mod tags;
pub mod telemetry;
pub mod templates;
pub mod ticket;
pub mod tls;
pub mod transport;
pub mod verify;
mod web;
pub mod worker;
