//! Where the binaries under test are: `POSTERN_BIN_DIR`, else the profile's folder that this test was built into.

use std::env;
use std::path::PathBuf;

/// The path of one of the project's binaries.
///
/// # Panics
/// When it is not built: a system test that is skipped shows nothing.
pub fn binary(name: &str) -> PathBuf {
    let folder = env::var_os("POSTERN_BIN_DIR").map_or_else(profile_folder, PathBuf::from);
    let program = folder.join(name);
    assert!(program.is_file(), "{} is not built: cargo build --workspace --bins", program.display());
    program
}

/// `target/<profile>`; test executables are in its folder `deps`.
fn profile_folder() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.parent().and_then(|deps| deps.parent()).unwrap().to_owned()
}
