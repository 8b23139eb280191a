//! How values of settings are written, whatever the place they stand in.
//!
//! Each function takes the text and gives the value, or says what would have been right.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use crate::limits::TIMEOUT_MAX;

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    // `:8080`, and names such as `localhost:8080`.
    let text = text.strip_prefix(':').map_or_else(|| text.to_owned(), |port| format!("0.0.0.0:{port}"));
    let mut found = text.to_socket_addrs().map_err(|_| "an address such as 0.0.0.0:8080 is expected".to_owned())?;
    found.next().ok_or_else(|| "this name has no address".to_owned())
}

/// `30s`, `500ms`, `2m`, `1h`, plain seconds, or APIM's `00:01:40`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "a time such as 30s, 500ms, 2m or 00:00:30 is expected".to_owned();
    let duration = if text.contains(':') {
        let parts: Vec<u64> = text.split(':').map(str::parse).collect::<Result<_, _>>().map_err(|_| expected())?;
        match parts[..] {
            [hours @ 0..=24, minutes @ 0..=59, seconds @ 0..=59] => {
                Duration::from_secs(hours * 3600 + minutes * 60 + seconds)
            }
            _ => return Err(expected()),
        }
    } else {
        let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| expected())?;
        let unit_ms = match unit.trim() {
            "ms" => 1,
            "" | "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            _ => return Err(expected()),
        };
        Duration::from_millis(number.saturating_mul(unit_ms))
    };
    if duration > TIMEOUT_MAX {
        return Err("at most 24h are possible".to_owned());
    }
    Ok(duration)
}

/// A time that makes sense as a limit: not zero.
pub(super) fn timeout(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("0 is not possible here".to_owned()),
        timeout => Ok(timeout),
    }
}

pub(super) fn optional<T>(text: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    match text {
        "none" | "off" | "unlimited" => Ok(None),
        _ => read(text).map(Some),
    }
}

/// Plain bytes, or with `KiB`, `MiB`, `GiB` (also written `KB`, `K` and so on; always powers of 1024).
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let expected = || "a size such as 65536, 64KiB or 2MiB is expected".to_owned();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| expected())?;
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(expected()),
    };
    number.checked_mul(1 << shift).ok_or_else(expected)
}

/// A size that has to lie within bounds, because memory is set aside for it.
pub(super) fn bytes_within(text: &str, min: usize, max: usize) -> Result<usize, String> {
    let size = bytes(text)?;
    match usize::try_from(size) {
        Ok(size) if (min..=max).contains(&size) => Ok(size),
        _ => Err(format!("a size from {min} to {max} bytes is expected")),
    }
}

pub(super) fn number_within(text: &str, min: usize, max: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!("a whole number from {min} to {max} is expected")),
    }
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err("true or false is expected".to_owned()),
    }
}

/// One of several words.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        format!("one of {} is expected", words.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_usual_form() {
        for (text, ms) in
            [("30s", 30_000), ("500ms", 500), ("2m", 120_000), ("1h", 3_600_000), ("7", 7_000), ("00:01:40", 100_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "s", "-1s", "1.5s", "1d", "00:60:00", "1:2", "99999999999999999999s", "25h", "24:00:01"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(duration("24h"), Ok(TIMEOUT_MAX));
        assert!(timeout("0s").is_err());
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, size) in
            [("65536", 65_536), ("64KiB", 65_536), ("64k", 65_536), ("2 MB", 2_097_152), ("1GiB", 1 << 30)]
        {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for text in ["", "KiB", "1.5MiB", "-1", "1TiB", "99999999999GiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
        assert_eq!(bytes_within("1k", 1024, 2048), Ok(1024));
        assert!(bytes_within("1023", 1024, 2048).is_err());
        assert!(bytes_within("2049", 1024, 2048).is_err());
    }

    #[test]
    fn addresses_may_leave_out_the_host() {
        assert_eq!(address(":8080"), Ok("0.0.0.0:8080".parse().unwrap()));
        assert_eq!(address("[::1]:0"), Ok("[::1]:0".parse().unwrap()));
        assert!(address("localhost:8090").is_ok_and(|address| address.ip().is_loopback()));
        for text in ["8080", "", "1.2.3.4", "1.2.3.4:99999"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
