//! The files of a directory with what tells one version of them from another.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use thiserror::Error;

use crate::limits;

/// A listing. Two equal ones mean that no file was written, added, removed or replaced in between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The folder.
    pub root: PathBuf,
    /// Files by path relative to the root, `/` between segments.
    pub files: BTreeMap<String, Stamp>,
    /// The overrides file, when there is one.
    pub overrides: Option<(PathBuf, Stamp)>,
}

/// What changes when a file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Length in bytes.
    pub length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

/// Why a directory cannot be listed.
#[derive(Debug, Error)]
pub enum TreeError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no folder.
    #[error("{} is not a directory", path.display())]
    NoDirectory {
        /// Which.
        path: PathBuf,
    },
    /// More than [`limits::TREE_FILES_MAX`].
    #[error("{} has more than {} files", root.display(), limits::TREE_FILES_MAX)]
    TooManyFiles {
        /// The folder.
        root: PathBuf,
    },
}

impl Tree {
    /// Lists the folder `root`. Names that start with a dot are passed over (`.git`, editors' files); links are followed, because
    /// deployments swap whole trees by a link.
    pub fn list(root: &Path, overrides: Option<&Path>) -> Result<Tree, TreeError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| TreeError::Read { path, source }
        };
        if !fs::metadata(root).map_err(failed(root))?.is_dir() {
            return Err(TreeError::NoDirectory { path: root.to_owned() });
        }
        let overrides = match overrides {
            Some(path) => Some((path.to_owned(), stamp(&fs::metadata(path).map_err(failed(path))?))),
            None => None,
        };
        let mut tree = Tree { root: root.to_owned(), files: BTreeMap::new(), overrides };
        let mut folders = vec![(root.to_owned(), String::new(), 1)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
                let path = entry.map_err(failed(&folder))?.path();
                // What is no UTF-8 is no APIOps name.
                let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
                if name.starts_with('.') {
                    continue;
                }
                // Gone between listing and looking, or a link to nothing: not there.
                let Ok(metadata) = fs::metadata(&path) else { continue };
                let relative = format!("{prefix}{name}");
                if metadata.is_dir() && depth < limits::TREE_DEPTH_MAX {
                    folders.push((path, format!("{relative}/"), depth + 1));
                } else if metadata.is_file() {
                    if tree.files.len() >= limits::TREE_FILES_MAX {
                        return Err(TreeError::TooManyFiles { root: root.to_owned() });
                    }
                    tree.files.insert(relative, stamp(&metadata));
                }
            }
        }
        Ok(tree)
    }

    /// Whether no file was written during the last `quiet`. A clock that went back counts as not at rest.
    pub fn is_at_rest(&self, quiet: Duration) -> bool {
        let now = SystemTime::now();
        let stamps = self.files.values().chain(self.overrides.iter().map(|(_, stamp)| stamp));
        stamps
            .filter_map(|stamp| stamp.modified)
            .all(|modified| now.duration_since(modified).is_ok_and(|age| age >= quiet))
    }
}

fn stamp(metadata: &fs::Metadata) -> Stamp {
    Stamp { length: metadata.len(), modified: metadata.modified().ok(), inode: metadata.ino() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_changes_with_content_name_and_replacement_but_not_with_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("apis/echo")).unwrap();
        fs::write(root.join("apis/echo/policy.xml"), "<policies />").unwrap();
        let before = Tree::list(root, None).unwrap();
        assert_eq!(before.files.keys().collect::<Vec<_>>(), ["apis/echo/policy.xml"]);
        fs::create_dir(root.join(".git")).unwrap();
        fs::write(root.join(".git/HEAD"), "x").unwrap();
        assert_eq!(Tree::list(root, None).unwrap(), before);
        fs::write(root.join("new.xml"), "<policies />").unwrap();
        fs::rename(root.join("new.xml"), root.join("apis/echo/policy.xml")).unwrap();
        assert_ne!(Tree::list(root, None).unwrap(), before);
    }

    #[test]
    fn a_link_to_itself_ends_at_the_depth_limit_and_a_file_is_no_directory() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
        fs::write(root.join("policy.xml"), "").unwrap();
        let tree = Tree::list(root, None).unwrap();
        assert_eq!(tree.files.len(), limits::TREE_DEPTH_MAX);
        assert!(matches!(Tree::list(&root.join("policy.xml"), None), Err(TreeError::NoDirectory { .. })));
        assert!(matches!(Tree::list(&root.join("none"), None), Err(TreeError::Read { .. })));
    }

    #[test]
    fn a_tree_just_written_is_not_at_rest() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("policy.xml"), "").unwrap();
        let tree = Tree::list(folder.path(), None).unwrap();
        assert!(!tree.is_at_rest(Duration::from_secs(3600)));
        assert!(tree.is_at_rest(Duration::ZERO));
    }
}
