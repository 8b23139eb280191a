//! `Substring`, `Replace`, `Insert`, `Remove`, `Trim…`, `Pad…`, `ToUpper` and the like.

use postern_dotnet::Text;
use postern_dotnet::text::{self, StringComparison};
use postern_dotnet::work::Paced;

use super::{comparison, one_go_bytes_max, walked};
use crate::expression::library::pieces::{ONE_GO_BYTES_MAX, work};
use crate::expression::library::values::{self, unit, units};
use crate::expression::library::{ClassBuilder, Library};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    let builder = library
        .declare("class System.String")
        .method("string Substring(int startIndex)", |call| {
            let part = text::substring_from(&walked(call)?, call.int(1))?;
            values::text(call, part)
        })
        .method("string Substring(int startIndex, int length)", |call| {
            let part = text::substring(&walked(call)?, call.int(1), call.int(2))?;
            values::text(call, part)
        })
        .method("string Insert(int startIndex, string value)", |call| {
            let inserted = text::insert(&walked(call)?, call.int(1), &call.required_text(2, "value")?)?;
            values::text(call, inserted)
        })
        .method("string Remove(int startIndex)", |call| {
            let rest = text::remove_from(&walked(call)?, call.int(1))?;
            values::text(call, rest)
        })
        .method("string Remove(int startIndex, int count)", |call| {
            let rest = text::remove(&walked(call)?, call.int(1), call.int(2))?;
            values::text(call, rest)
        })
        .method("string Replace(char oldChar, char newChar)", |call| {
            let (this, old, new) = (super::this(call), unit(call, 1), unit(call, 2));
            if this.len() > ONE_GO_BYTES_MAX {
                return Ok(Value::String(work(call.machine, |_| Ok(replacing_char(this, old, new)))?));
            }
            let replaced = text::replace_char(&walked(call)?, old, new);
            values::text(call, replaced)
        })
        .method("string Replace(string oldValue, string newValue)", |call| replace(call, StringComparison::Ordinal))
        .method("string Replace(string oldValue, string newValue, bool ignoreCase, CultureInfo culture)", |call| {
            let case = call.bool(3);
            replace(
                call,
                if case { StringComparison::CurrentCultureIgnoreCase } else { StringComparison::CurrentCulture },
            )
        })
        .method("string Replace(string oldValue, string newValue, StringComparison comparisonType)", |call| {
            let by = comparison(call, 3)?;
            replace(call, by)
        })
        .method("string Normalize()", |call| normalized(call, 1))
        .method("string Normalize(NormalizationForm normalizationForm)", |call| normalized(call, call.constant(1)))
        .method("bool IsNormalized()", |call| {
            let this = super::this(call);
            Ok((this.is_ascii() || work(call.machine, |_| Ok(text::asking_normalized(this)))?).into())
        })
        .method("string ReplaceLineEndings()", |call| line_endings(call, "\n"))
        .method("string ReplaceLineEndings(string replacementText)", |call| {
            let ending = call.required_text(1, "replacementText")?;
            line_endings(call, &ending)
        });
    declare_trim_and_pad(builder);
}

fn declare_trim_and_pad(builder: ClassBuilder<'_>) {
    builder
        .method("string Trim()", |call| trimmed(call, text::trim))
        .method("string Trim(char trimChar)", |call| trimmed(call, text::trim))
        .method("string Trim(params char[] trimChars)", |call| trimmed(call, text::trim))
        .method("string TrimStart()", |call| trimmed(call, text::trim_start))
        .method("string TrimStart(char trimChar)", |call| trimmed(call, text::trim_start))
        .method("string TrimStart(params char[] trimChars)", |call| trimmed(call, text::trim_start))
        .method("string TrimEnd()", |call| trimmed(call, text::trim_end))
        .method("string TrimEnd(char trimChar)", |call| trimmed(call, text::trim_end))
        .method("string TrimEnd(params char[] trimChars)", |call| trimmed(call, text::trim_end))
        .method("string PadLeft(int totalWidth)", |call| padded(call, text::pad_left, u16::from(b' ')))
        .method("string PadLeft(int totalWidth, char paddingChar)", |call| padded(call, text::pad_left, unit(call, 2)))
        .method("string PadRight(int totalWidth)", |call| padded(call, text::pad_right, u16::from(b' ')))
        .method("string PadRight(int totalWidth, char paddingChar)", |call| {
            padded(call, text::pad_right, unit(call, 2))
        })
        .method("string ToUpper()", |call| cased(call, (text::to_upper, text::upper_casing)))
        .method("string ToUpper(CultureInfo culture)", |call| cased(call, (text::to_upper, text::upper_casing)))
        .method("string ToUpperInvariant()", |call| cased(call, (text::to_upper, text::upper_casing)))
        .method("string ToLower()", |call| cased(call, (text::to_lower, text::lower_casing)))
        .method("string ToLower(CultureInfo culture)", |call| cased(call, (text::to_lower, text::lower_casing)))
        .method("string ToLowerInvariant()", |call| cased(call, (text::to_lower, text::lower_casing)));
}

fn normalized(call: &mut Call<'_, '_>, form: i64) -> Result<Value, Thrown> {
    let this = super::this(call);
    if this.is_ascii() {
        text::normalize("", form)?;
        return Ok(walked(call)?.into());
    }
    Ok(Value::String(work(call.machine, |_| Ok(text::normalizing(this, form)?))?))
}

/// `Replace(char, char)` in pieces.
pub(in crate::expression::library) fn replacing_char(text: Text, old: u16, new: u16) -> Paced<Text> {
    text::mapping(text, text::anywhere, move |part| text::replace_char(part, old, new).to_string().into())
}

fn replace(call: &mut Call<'_, '_>, by: StringComparison) -> Result<Value, Thrown> {
    let (this, old) = (super::this(call), call.required_text(1, "oldValue")?);
    let new = call.text(2).cloned().unwrap_or_default();
    if this.len() > one_go_bytes_max(by) {
        let replaced = work(call.machine, |_| Ok(text::replacing(this, old, new, by)))??;
        return Ok(Value::String(replaced));
    }
    if !old.is_empty() && new.len() > old.len() {
        // Paid for before it is made: every match may grow.
        let matches = if by.ignores_case() { this.len() / old.len() } else { this.matches(old.as_str()).count() };
        call.machine.charge_memory(matches.saturating_mul(new.len() - old.len()))?;
    }
    let this = walked(call)?;
    let replaced = text::replace(&this, &old, &new, by)?;
    values::text(call, replaced)
}

/// Every ending that Unicode knows becomes the given one.
fn line_endings(call: &mut Call<'_, '_>, ending: &str) -> Result<Value, Thrown> {
    let this = walked(call)?;
    let is_ending = |c: char| matches!(c, '\r' | '\n' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    call.machine.charge_memory(this.matches(is_ending).count().saturating_mul(ending.len()))?;
    let lines: Vec<&str> = this.split("\r\n").flat_map(|part| part.split(is_ending)).collect();
    values::text(call, lines.join(ending))
}

/// `char` and `params char[]` alike; none is white space.
fn trimmed(call: &mut Call<'_, '_>, of: for<'a> fn(&'a str, &[u16]) -> &'a str) -> Result<Value, Thrown> {
    let this = walked(call)?;
    let chars = if let Value::Char(unit) = call.argument(1) { vec![*unit] } else { units(call, 1)? };
    call.machine.charge(chars.len())?;
    let trimmed = of(&this, &chars);
    if trimmed.len() == this.len() { Ok(this.into()) } else { values::text(call, trimmed) }
}

fn padded(
    call: &mut Call<'_, '_>,
    of: fn(&str, i32, u16) -> Result<Text, postern_dotnet::Exception>,
    unit: u16,
) -> Result<Value, Thrown> {
    let this = walked(call)?;
    call.machine.charge_memory(usize::try_from(call.int(1)).unwrap_or(0))?;
    Ok(of(&this, call.int(1), unit)?.into())
}

/// A change of case in one go, and in pieces.
type Casing = (for<'a> fn(&'a str) -> std::borrow::Cow<'a, str>, fn(Text) -> Paced<Text>);

fn cased(call: &mut Call<'_, '_>, (of, in_pieces): Casing) -> Result<Value, Thrown> {
    let this = super::this(call);
    if this.len() > ONE_GO_BYTES_MAX && !this.is_ascii() {
        return Ok(Value::String(work(call.machine, |_| Ok(in_pieces(this)))?));
    }
    let this = walked(call)?;
    match of(&this) {
        std::borrow::Cow::Borrowed(_) if this.is_ascii() => Ok(this.into()),
        // Beyond ASCII .NET makes a new text in any case.
        std::borrow::Cow::Borrowed(same) => values::text(call, same),
        std::borrow::Cow::Owned(changed) => values::text(call, changed),
    }
}
