//! System.String on UTF-8: positions count UTF-16 units as in .NET.
