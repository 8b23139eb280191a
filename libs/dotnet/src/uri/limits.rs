//! Bounds of this folder: those of .NET.

/// Characters of a URI (`c_MaxUriBufferSize`).
pub(super) const URI_LENGTH_MAX: usize = 65_519;
/// Characters of a scheme.
pub(super) const SCHEME_LENGTH_MAX: usize = 1_024;
/// Characters of a label of a host name.
pub(super) const LABEL_LENGTH_MAX: usize = 63;
