//! System.Xml.Linq.
