//! System.Text.RegularExpressions.
