//! The server: its routes, its start, its end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::arm::dispatch;
use crate::arm::identity::ServiceIdentity;
use crate::configuration::{feed, heartbeat};
use crate::error::ArmError;
use crate::fetch::Links;
use crate::kinds::{first_start, group};
use crate::limits::SHUTDOWN_GRACE;
use crate::operator_token::OperatorToken;
use crate::settings::Settings;
use crate::store::Store;

/// What every request has at hand; clones share it.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub operator: OperatorToken,
    pub identity: Arc<ServiceIdentity>,
    pub links: Links,
    /// Scheme and host in links, when it is not what the client's request says.
    pub public_url: Option<Arc<str>>,
    /// When the service was created, RFC 3339.
    pub created: Arc<str>,
    stop: watch::Sender<bool>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the data folder {folder} cannot be used")]
    Data { folder: String, source: io::Error },
    #[error("the store cannot be opened")]
    Store { source: sqlx::Error },
    #[error("the store cannot be filled: {reason}")]
    Fill { reason: ArmError },
    #[error("the HTTP client cannot be built")]
    Links { source: reqwest::Error },
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
}

impl App {
    /// Opens the data folder and everything in it; creates what is not there.
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        let data_error = |source| StartError::Data { folder: settings.data.display().to_string(), source };
        create_folder(&settings.data).map_err(data_error)?;
        let operator = OperatorToken::load_or_create(&settings.data).map_err(data_error)?;
        let store = Store::open(&settings.data).await.map_err(|source| StartError::Store { source })?;
        first_start::fill(&store).await.map_err(|reason| StartError::Fill { reason })?;
        group::make_built_in(&store).await.map_err(|reason| StartError::Fill { reason })?;
        let created = store.created().await.map_err(|source| StartError::Store { source })?;
        // Another part of the process may have chosen the provider already; which one was first does not matter.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Ok(Self {
            store,
            operator,
            identity: Arc::new(settings.identity.clone()),
            links: Links::new().map_err(|source| StartError::Links { source })?,
            public_url: settings.public_url.as_deref().map(Arc::from),
            created: created.into(),
            stop: watch::channel(false).0,
        })
    }

    /// All routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/configuration/v1/feed", get(feed::serve))
            .route("/configuration/v1/heartbeat", post(heartbeat::serve))
            .fallback(dispatch::serve)
            .with_state(self.clone())
    }

    /// Ends when the server is about to stop: long polls answer and go.
    pub async fn stopping(&self) {
        let mut stop = self.stop.subscribe();
        // The sender lives in this very value, so waiting cannot fail.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Tells everyone who waits to finish.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

/// Listens on `address`; port 0 takes a free one.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// Serves until `end`, then lets open requests finish for a while.
pub async fn serve(app: App, listener: TcpListener, end: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let stopped = app.clone();
    let graceful = async move {
        end.await;
        stopped.stop();
    };
    let late = {
        let app = app.clone();
        async move {
            app.stopping().await;
            tokio::time::sleep(SHUTDOWN_GRACE).await;
        }
    };
    let result = tokio::select! {
        result = async { axum::serve(listener, app.router()).with_graceful_shutdown(graceful).await } => result,
        () = late => {
            tracing::warn!(grace_s = SHUTDOWN_GRACE.as_secs(), "requests were still open at the end of the grace time");
            Ok(())
        }
    };
    app.store.close().await;
    result
}

fn create_folder(folder: &std::path::Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
