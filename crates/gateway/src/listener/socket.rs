//! TCP and Unix sockets as one.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Address and port; port 0 takes a free one.
    Tcp(SocketAddr),
    /// A path in the file system.
    Unix {
        /// The socket; a stale one is replaced, anything else isn't touched.
        path: PathBuf,
        /// Rights, as `0o660`.
        mode: u32,
        /// Group id; `None` leaves the process' own.
        group: Option<u32>,
    },
}

/// A socket that listens. A Unix socket's file is removed when it is dropped.
#[derive(Debug)]
pub struct Bound(Socket);

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    /// With the file to remove at the end, if it is ours.
    Unix(UnixListener, Option<PathBuf>),
}

impl Bound {
    /// Binds and listens.
    ///
    /// # Errors
    /// As the system says; `AddrInUse` when another process listens on the path.
    pub async fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp(address) => Ok(Self(Socket::Tcp(listen(*address)?))),
            Address::Unix { path, mode, group } => {
                remove_stale(path).await?;
                let listener = UnixListener::bind(path)?;
                // Only when asked: a confined daemon is not allowed to call it.
                if group.is_some() {
                    chown(path, None, *group)?;
                }
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(*mode))?;
                Ok(Self(Socket::Unix(listener, Some(path.clone()))))
            }
        }
    }

    /// Takes a TCP socket that somebody else bound, as systemd does.
    ///
    /// # Errors
    /// As the system says.
    pub fn from_tcp(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self(Socket::Tcp(TcpListener::from_std(listener)?)))
    }

    /// Takes a Unix socket that somebody else bound, whose file stays when we go.
    ///
    /// # Errors
    /// As the system says.
    pub fn from_unix(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self(Socket::Unix(UnixListener::from_std(listener)?, None)))
    }

    /// The address in use; `None` for a Unix socket.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.0 {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix(..) => None,
        }
    }

    pub(super) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match &self.0 {
            Socket::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Answers are written whole, so waiting for more to send only costs time. It fails when the peer has
                // gone again, which must not look like a listener in trouble.
                let _ = stream.set_nodelay(true);
                Ok((
                    Stream::Tcp(stream),
                    Peer::Network(address.ip().to_canonical()),
                ))
            }
            Socket::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Peer::Local))
            }
        }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let Socket::Unix(_, Some(path)) = &self.0 {
            // Best effort: a stale socket is replaced at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Connections that may wait to be accepted: when more come at once the kernel forgets some, and their peers hang.
const BACKLOG: u32 = 1024;

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart must not wait for old connections to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Removes a socket on which nobody listens any more.
async fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket =
        std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match UnixStream::connect(path).await {
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)
        }
        Err(error) => Err(error),
    }
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Peer {
    Network(IpAddr),
    Local,
}

impl Peer {
    pub(super) fn address(self) -> Option<IpAddr> {
        match self {
            Peer::Network(address) => Some(address),
            Peer::Local => None,
        }
    }
}

/// A connection of either kind.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    /// Writes what the socket takes at once, and doesn't mind if it takes nothing.
    pub(super) fn write_now(&self, bytes: &[u8]) {
        let _ = match self {
            Stream::Tcp(stream) => stream.try_write(bytes),
            Stream::Unix(stream) => stream.try_write(bytes),
        };
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
