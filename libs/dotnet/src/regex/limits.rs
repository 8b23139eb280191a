//! Bounds of regular expressions: patterns and inputs come from policies and from requests.

/// UTF-16 units of a pattern. Patterns are written by people; a generated list of alternatives stays far below.
pub(super) const PATTERN_UNITS_MAX: usize = 256 * 1024;

/// Groups and sets within each other. The compiler recurses over them; 200 levels fit any thread's stack.
pub(super) const DEPTH_MAX: usize = 200;

/// UTF-16 units of an input; positions are 32 bits wide.
pub(super) const INPUT_UNITS_MAX: usize = 256 * 1024 * 1024;

/// Steps of one call (one instruction, or eight units of a repeated character). About 0.3 s of work: real patterns need some ten steps per
/// unit of input, one with catastrophic backtracking would need more than any number. Who must not stand still that long pauses in between.
pub(super) const STEPS_MAX: u64 = 40_000_000;

/// Entries of the backtracking stack (16 bytes each).
pub(super) const BACKTRACK_MAX: usize = 2 * 1024 * 1024;

/// Results of one call to Matches, Replace or Split.
pub(super) const MATCHES_MAX: usize = 1024 * 1024;

/// Patterns that static methods keep compiled per thread. .NET keeps 15 by default; a gateway has more policies than a program has patterns.
pub(super) const CACHE_MAX: usize = 256;
