//! Formatting and parsing of numbers with the invariant culture; Math and conversions.
