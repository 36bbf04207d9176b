//! The sockets of the listeners: bound by us, or by systemd before we started (`sd_listen_fds(3)`).

use anyhow::{Context, bail};
use listenfd::ListenFd;

use crate::config::Listener;
use crate::listener::{Address, Bound};

/// Sockets that systemd passed. `FileDescriptorName=` of a socket unit is the name of a listener.
pub(super) struct Inherited {
    sockets: ListenFd,
    names: Vec<Option<String>>,
}

impl Inherited {
    /// Takes all; none when we were not started so.
    pub(super) fn take_all() -> anyhow::Result<Inherited> {
        let names = sd_notify::listen_fds_with_names().context("sockets of the service manager")?;
        Ok(Inherited {
            names: names.map(|(_, name)| Some(name)).collect(),
            sockets: ListenFd::from_env(),
        })
    }

    /// The sockets of a listener; those that it binds itself when none were passed.
    pub(super) async fn bind(&mut self, listener: &Listener) -> anyhow::Result<Vec<Bound>> {
        let mut bound = Vec::new();
        for (number, name) in self.names.iter_mut().enumerate() {
            if name.as_deref() == Some(&listener.name) {
                *name = None;
                bound.push(inherited(&mut self.sockets, number)?);
            }
        }
        if bound.is_empty() {
            let address = address(listener)?;
            let socket = Bound::bind(&address).await;
            bound.push(socket.with_context(|| listener.address.clone())?);
        }
        Ok(bound)
    }

    /// A socket that nobody took would accept connections for ever and answer none.
    pub(super) fn check_all_taken(&self) -> anyhow::Result<()> {
        match self.names.iter().flatten().next() {
            Some(name) => bail!(
                "systemd passed a socket {name:?}, and there is no listener of that name: set FileDescriptorName= in the socket unit"
            ),
            None => Ok(()),
        }
    }
}

fn inherited(sockets: &mut ListenFd, number: usize) -> anyhow::Result<Bound> {
    if let Ok(Some(socket)) = sockets.take_tcp_listener(number) {
        return Ok(Bound::from_tcp(socket)?);
    }
    match sockets.take_unix_listener(number) {
        Ok(Some(socket)) => Ok(Bound::from_unix(socket)?),
        Ok(None) => bail!("its socket was taken before"),
        Err(error) => Err(error).context("systemd passed something else than a stream socket"),
    }
}

fn address(listener: &Listener) -> anyhow::Result<Address> {
    match listener.address.strip_prefix("unix:") {
        Some(path) => {
            let mode = u32::from_str_radix(&listener.mode, 8)
                .context("mode must be octal, for example \"0660\"")?;
            Ok(Address::Unix {
                path: path.into(),
                mode,
                group: group(&listener.group)?,
            })
        }
        None => {
            Ok(Address::Tcp(listener.address.parse().context(
                "address must be \"IP:port\" or \"unix:/path\"",
            )?))
        }
    }
}

/// The id of a group, given by name or number; `None` when it is not given.
fn group(name: &str) -> anyhow::Result<Option<u32>> {
    if name.is_empty() {
        return Ok(None);
    }
    if let Ok(id) = name.parse() {
        return Ok(Some(id));
    }
    // group(5): name, password, id, members.
    let groups = std::fs::read_to_string("/etc/group").context("/etc/group")?;
    let id = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()? == name;
        fields.nth(1)?.parse().ok().filter(|_| found)
    });
    let id = id.with_context(|| format!("there is no group {name:?}; a number works, too"))?;
    Ok(Some(id))
}
