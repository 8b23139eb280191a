//! A TCP relay: bytes in, bytes out, no HTTP. On the same runtime and ring flags as the gateway it is the floor: what
//! two sockets and the runtime cost per request before a proxy does any work of its own.

use std::io;
use std::net::SocketAddr;

use anyhow::Result;
use clap::Args;
use monoio::io::{AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt, Splitable};
use monoio::net::{TcpListener, TcpStream};

use crate::limits::{ACCEPT_PAUSE, RELAY_BUFFER_BYTES};
use crate::runtime::{self, Driver};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Address to listen on; port 0 chooses one
    #[arg(long)]
    listen: SocketAddr,
    /// Where every connection is relayed to
    #[arg(long)]
    to: SocketAddr,
    /// Threads, each with its own runtime and listener
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    #[arg(long, value_enum, default_value_t = Driver::Auto)]
    driver: Driver,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let to = options.to;
    runtime::serve("relay", options.listen, usize::from(options.workers), options.driver, move |listener| {
        accept(listener, to)
    })
}

async fn accept(listener: TcpListener, to: SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((downstream, _)) => {
                monoio::spawn(async move {
                    // Either side closing ends the pair; there is nobody to report it to.
                    let _ = relay(downstream, to).await;
                });
            }
            Err(error) => {
                eprintln!("postern-bench: accept failed: {error}");
                std::thread::sleep(ACCEPT_PAUSE);
            }
        }
    }
}

async fn relay(downstream: TcpStream, to: SocketAddr) -> io::Result<()> {
    let upstream = TcpStream::connect_addr(to).await?;
    downstream.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let (downstream_read, downstream_write) = downstream.into_split();
    let (upstream_read, upstream_write) = upstream.into_split();
    monoio::spawn(async move {
        let _ = copy(upstream_read, downstream_write).await;
    });
    copy(downstream_read, upstream_write).await
}

/// Copies until the end of the stream and then closes the other side's write half.
async fn copy(mut from: impl AsyncReadRent, mut to: impl AsyncWriteRent) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(RELAY_BUFFER_BYTES);
    loop {
        let (read, filled) = from.read(buffer).await;
        if read? == 0 {
            return to.shutdown().await;
        }
        let (written, emptied) = to.write_all(filled).await;
        written?;
        buffer = emptied;
    }
}
