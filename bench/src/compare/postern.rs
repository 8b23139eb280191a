//! The real gateway.

use std::path::Path;

use anyhow::Result;

use super::peers::{Place, Start};
use crate::runtime::Driver;

pub(crate) fn start(bin_dir: &Path, _driver: Driver, _place: Place<'_>) -> Result<Start> {
    let program = bin_dir.join("postern-gateway");
    Ok(Start::Missing(format!("{} is not built: cargo build --release -p postern-gateway", program.display())))
}
