//! `System.Random` with a seed: the subtractive generator of Knuth that .NET has kept since its first version, so that
//! `new Random(42)` yields the same numbers everywhere. Without a seed the caller passes one from its own source of randomness.

use crate::Exception;

const MAX: i32 = i32::MAX;
const MODULUS_SEED: i32 = 161_803_398;
const SIZE: usize = 56;
/// Distance of the two positions in the table.
const LAG: usize = 21;

/// A generator; the same seed yields the same numbers.
#[derive(Debug, Clone)]
pub struct Random {
    table: [i32; SIZE],
    next: usize,
    lagged: usize,
}

impl Random {
    /// `new Random(seed)`.
    #[must_use]
    pub fn new(seed: i32) -> Random {
        let mut table = [0; SIZE];
        let mut last = MODULUS_SEED.wrapping_sub(seed.checked_abs().unwrap_or(MAX));
        table[SIZE - 1] = last;
        let mut current = 1;
        let mut position = 0;
        for _ in 1..SIZE - 1 {
            position = (position + LAG) % (SIZE - 1);
            table[position] = current;
            current = last.wrapping_sub(current);
            if current < 0 {
                current = current.wrapping_add(MAX);
            }
            last = table[position];
        }
        for _ in 1..5 {
            for index in 1..SIZE {
                let other = 1 + (index + 30) % (SIZE - 1);
                table[index] = table[index].wrapping_sub(table[other]);
                if table[index] < 0 {
                    table[index] = table[index].wrapping_add(MAX);
                }
            }
        }
        Random { table, next: 0, lagged: LAG }
    }

    /// 0 to `int.MaxValue` - 1.
    fn sample(&mut self) -> i32 {
        self.next = if self.next + 1 >= SIZE { 1 } else { self.next + 1 };
        self.lagged = if self.lagged + 1 >= SIZE { 1 } else { self.lagged + 1 };
        let mut value = self.table[self.next].wrapping_sub(self.table[self.lagged]);
        if value == MAX {
            value -= 1;
        }
        if value < 0 {
            value = value.wrapping_add(MAX);
        }
        self.table[self.next] = value;
        value
    }

    /// `NextDouble()`: 0 up to 1, without 1.
    pub fn next_double(&mut self) -> f64 {
        f64::from(self.sample()) * (1.0 / f64::from(MAX))
    }

    /// `Next()`.
    pub fn next_int(&mut self) -> i32 {
        self.sample()
    }

    /// `Next(maxValue)`.
    ///
    /// # Errors
    /// `ArgumentOutOfRangeException` if it is negative.
    #[allow(clippy::cast_possible_truncation, reason = "the product is below the bound")]
    pub fn next_below(&mut self, bound: i32) -> Result<i32, Exception> {
        if bound < 0 {
            let message = format!(
                "maxValue ('{bound}') must be a non-negative value. (Parameter 'maxValue')\nActual value was {bound}."
            );
            return Err(Exception::new(crate::ExceptionType::ArgumentOutOfRange, message));
        }
        Ok((self.next_double() * f64::from(bound)) as i32)
    }

    /// `Next(minValue, maxValue)`.
    ///
    /// # Errors
    /// `ArgumentOutOfRangeException` if they are in the wrong order.
    #[allow(clippy::cast_possible_truncation, reason = "the product is below the range")]
    pub fn next_between(&mut self, min: i32, max: i32) -> Result<i32, Exception> {
        if min > max {
            let message = "'minValue' cannot be greater than maxValue.";
            return Err(Exception::argument_out_of_range("minValue", message));
        }
        let range = i64::from(max) - i64::from(min);
        let offset = if range <= i64::from(MAX) {
            (self.next_double() * range as f64) as i64
        } else {
            (self.sample_of_large_range() * range as f64) as i64
        };
        Ok(i32::try_from(offset + i64::from(min)).unwrap_or(min))
    }

    /// Two samples, the second for the sign, since one has only 31 bits.
    fn sample_of_large_range(&mut self) -> f64 {
        let magnitude = self.sample();
        let value = if self.sample() % 2 == 0 { -magnitude } else { magnitude };
        (f64::from(value) + f64::from(MAX - 1)) / (2.0 * f64::from(MAX) - 1.0)
    }

    /// `NextInt64()`, `NextInt64(max)`, `NextInt64(min, max)`: bits from three samples each, rejected while out of range.
    ///
    /// # Errors
    /// `ArgumentOutOfRangeException` if they are in the wrong order.
    pub fn next_int64(&mut self, min: i64, max: i64) -> Result<i64, Exception> {
        /// Each try fails with a chance below one half.
        const TRIES_MAX: usize = 256;
        if min > max {
            let message = "'minValue' cannot be greater than maxValue.";
            return Err(Exception::argument_out_of_range("minValue", message));
        }
        let range = max.wrapping_sub(min).cast_unsigned();
        if range <= 1 {
            return Ok(min);
        }
        let bits = u64::BITS - (range - 1).leading_zeros();
        for _ in 0..TRIES_MAX {
            let value = self.next_u64() >> (u64::BITS - bits);
            if value < range {
                return Ok(min.wrapping_add_unsigned(value));
            }
        }
        Ok(min)
    }

    fn next_u64(&mut self) -> u64 {
        // 22, 22 and 20 bits: .NET draws `Next(1 << 22)` and `Next(1 << 20)`.
        let mut draw = |bits: u32| u64::from(self.next_below(1 << bits).unwrap_or_default().unsigned_abs());
        draw(22) | (draw(22) << 22) | (draw(20) << 44)
    }

    /// `NextBytes(buffer)`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.sample().to_le_bytes()[0];
        }
    }
}

#[cfg(test)]
mod tests;
