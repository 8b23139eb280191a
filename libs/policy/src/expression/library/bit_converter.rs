//! `System.BitConverter`.

use postern_dotnet::Exception;
use postern_dotnet::number::{Number, NumberType, from_bytes, to_bytes, to_dashed_hex};

use super::Library;
use super::values::{byte_array, bytes, double, from_number, number_at, part, text, unit};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

macro_rules! readers {
    ($builder:expr, $($name:literal $keyword:literal $of:ident)*) => {
        $builder $(.method(concat!("static ", $keyword, " To", $name, "(byte[] value, int startIndex)"), |call| {
            let bytes = bytes(call, 0, "value")?;
            call.machine.charge(bytes.len() / 64)?;
            Ok(from_number(from_bytes(NumberType::$of, &bytes, call.int(1))?))
        })
        .method(concat!("static byte[] GetBytes(", $keyword, " value)"), |call| byte_array(call, to_bytes(number_at(call, 0)))))*
    };
}

pub(super) fn declare(library: &mut Library) {
    let builder =
        library.declare("static class System.BitConverter").getter("static bool IsLittleEndian", |_| Ok(true.into()));
    readers!(
        builder,
        "Int16" "short" Int16
        "UInt16" "ushort" UInt16
        "Int32" "int" Int32
        "UInt32" "uint" UInt32
        "Int64" "long" Int64
        "UInt64" "ulong" UInt64
        "Single" "float" Single
        "Double" "double" Double
    )
    .method("static byte[] GetBytes(bool value)", |call| byte_array(call, vec![u8::from(call.bool(0))]))
    .method("static byte[] GetBytes(char value)", |call| byte_array(call, unit(call, 0).to_le_bytes().to_vec()))
    .method("static bool ToBoolean(byte[] value, int startIndex)", |call| {
        let bytes = bytes(call, 0, "value")?;
        let byte = from_bytes(NumberType::Byte, &bytes, call.int(1))?;
        Ok((byte != Number::Byte(0)).into())
    })
    .method("static char ToChar(byte[] value, int startIndex)", |call| {
        let bytes = bytes(call, 0, "value")?;
        match from_bytes(NumberType::UInt16, &bytes, call.int(1))? {
            Number::UInt16(unit) => Ok(Value::Char(unit)),
            _ => Ok(Value::Char(0)),
        }
    })
    .method("static string ToString(byte[] value)", |call| dashed(call, None))
    .method("static string ToString(byte[] value, int startIndex)", |call| {
        let length = i32::try_from(bytes(call, 0, "value")?.len()).unwrap_or(i32::MAX);
        dashed(call, Some((call.int(1), length.saturating_sub(call.int(1)))))
    })
    .method("static string ToString(byte[] value, int startIndex, int length)", |call| {
        dashed(call, Some((call.int(1), call.int(2))))
    })
    .method("static ulong DoubleToUInt64Bits(double value)", |call| Ok(Value::ULong(double(call, 0).to_bits())))
    .method("static double UInt64BitsToDouble(ulong value)", |call| {
        let bits = number_at(call, 0).integer().unwrap_or(0);
        Ok(f64::from_bits(u64::try_from(bits).unwrap_or(0)).into())
    })
    .method("static int SingleToInt32Bits(float value)", |call| Ok(Value::Int(single(call).to_bits().cast_signed())))
    .method("static uint SingleToUInt32Bits(float value)", |call| Ok(Value::UInt(single(call).to_bits())))
    .method("static float Int32BitsToSingle(int value)", |call| Ok(f32::from_bits(call.int(0).cast_unsigned()).into()))
    .method("static float UInt32BitsToSingle(uint value)", |call| {
        let Value::UInt(bits) = *call.argument(0) else { return Ok(Value::Null) };
        Ok(f32::from_bits(bits).into())
    })
    .method("static long DoubleToInt64Bits(double value)", |call| {
        Ok(Value::Long(double(call, 0).to_bits().cast_signed()))
    })
    .method("static double Int64BitsToDouble(long value)", |call| {
        let bits = number_at(call, 0).integer().unwrap_or(0);
        Ok(f64::from_bits(i64::try_from(bits).unwrap_or(0).cast_unsigned()).into())
    });
}

/// A `float` argument.
fn single(call: &Call<'_, '_>) -> f32 {
    if let Value::Float(value) = *call.argument(0) { value } else { 0.0 }
}

fn dashed(call: &mut Call<'_, '_>, range: Option<(i32, i32)>) -> Result<Value, Thrown> {
    let bytes = bytes(call, 0, "value")?;
    call.machine.charge(bytes.len() / 4)?;
    let bytes = match range {
        Some((start, length)) => part(&bytes, start, length, ("startIndex", "length")).map_err(|_| {
            let message = "StartIndex cannot be less than zero.";
            Exception::argument_out_of_range("startIndex", message)
        })?,
        None => &bytes,
    };
    text(call, to_dashed_hex(bytes))
}
