//! Host names in ASCII (`Uri.IdnHost`): labels with other characters in Punycode (RFC 3492), behind `xn--`.

use unicode_normalization::UnicodeNormalization as _;

/// The ASCII form of a host name: lower case, each label by itself. A label that cannot be encoded stays as it is.
pub(super) fn to_ascii(host: &str) -> String {
    let labels = host.split('.').map(|label| {
        if label.is_ascii() {
            return label.to_ascii_lowercase();
        }
        let label: Vec<char> = label.to_lowercase().nfc().collect();
        encode(&label).map_or_else(|| label.iter().collect(), |encoded| format!("xn--{encoded}"))
    });
    labels.collect::<Vec<_>>().join(".")
}

// RFC 3492, section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// RFC 3492, section 6.3. `None` on overflow.
fn encode(label: &[char]) -> Option<String> {
    let mut out: String = label.iter().filter(|c| c.is_ascii()).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (INITIAL_N, 0_u32, INITIAL_BIAS, basic);
    let count = u32::try_from(label.len()).ok()?;
    while handled < count {
        let next = label.iter().map(|c| u32::from(*c)).filter(|c| *c >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for c in label.iter().map(|c| u32::from(*c)) {
            if c < n {
                delta = delta.checked_add(1)?;
            }
            if c == n {
                write_number(delta, bias, &mut out);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(out)
}

/// A number as digits of varying weight.
fn write_number(delta: u32, bias: u32, out: &mut String) {
    let mut rest = delta;
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            break;
        }
        out.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
        rest = (rest - threshold) / (BASE - threshold);
        k += BASE;
    }
    out.push(digit(rest));
}

/// RFC 3492, section 6.1.
fn adapt(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

/// `a` to `z`, then `0` to `9`.
fn digit(value: u32) -> char {
    char::from_digit(value.wrapping_add(10) % BASE, BASE).unwrap_or('a')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_encoded_as_the_rfc_says() {
        let cases = [
            ("example.com", "example.com"),
            ("BÜCHER.Example", "xn--bcher-kva.example"),
            // RFC 3492, section 7.1: (B), (L).
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
            ("faß.de", "xn--fa-hia.de"),
            ("", ""),
        ];
        for (host, expected) in cases {
            assert_eq!(to_ascii(host), expected, "{host}");
        }
    }
}
