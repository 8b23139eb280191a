//! System.Uri, WebUtility and IPAddress.
