//! An unsigned integer of 256 bits: the exact sums and products of 96-bit integers scaled by up to 10^28 need 192 of them.

/// Limbs of 32 bits, most significant first, so that comparing arrays compares values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wide([u32; 8]);

#[allow(clippy::cast_possible_truncation, reason = "limbs are cut from wider intermediate results")]
impl Wide {
    pub(super) fn from(value: u128) -> Wide {
        let mut limbs = [0; 8];
        for (index, limb) in limbs.iter_mut().rev().take(4).enumerate() {
            *limb = (value >> (32 * index)) as u32;
        }
        Wide(limbs)
    }

    /// The value, if 128 bits hold it.
    pub(super) fn narrow(self) -> Option<u128> {
        let [high @ .., a, b, c, d] = self.0;
        let value = [a, b, c, d].iter().fold(0_u128, |value, limb| (value << 32) | u128::from(*limb));
        (high == [0; 4]).then_some(value)
    }

    fn times(self, factor: u32) -> Wide {
        let mut limbs = self.0;
        let mut carry = 0_u64;
        for limb in limbs.iter_mut().rev() {
            let product = u64::from(*limb) * u64::from(factor) + carry;
            *limb = product as u32;
            carry = product >> 32;
        }
        Wide(limbs)
    }

    pub(super) fn times_power_of_ten(self, exponent: u32) -> Wide {
        (0..exponent).fold(self, |value, _| value.times(10))
    }

    pub(super) fn plus(self, other: Wide) -> Wide {
        let mut limbs = self.0;
        let mut carry = 0_u64;
        for (limb, addend) in limbs.iter_mut().zip(other.0).rev() {
            let sum = u64::from(*limb) + u64::from(addend) + carry;
            *limb = sum as u32;
            carry = sum >> 32;
        }
        Wide(limbs)
    }

    /// The difference; `other` must not be larger.
    pub(super) fn minus(self, other: Wide) -> Wide {
        let mut limbs = self.0;
        let mut borrow = 0_i64;
        for (limb, subtrahend) in limbs.iter_mut().zip(other.0).rev() {
            let difference = i64::from(*limb) - i64::from(subtrahend) - borrow;
            *limb = difference as u32;
            borrow = i64::from(difference < 0);
        }
        Wide(limbs)
    }

    /// The product of two integers of up to 96 bits.
    pub(super) fn product(left: u128, right: u128) -> Wide {
        if let Some(product) = left.checked_mul(right) {
            return Wide::from(product);
        }
        (0..4).rev().fold(Wide([0; 8]), |sum, index| {
            let shifted = Wide(std::array::from_fn(|limb| sum.0.get(limb + 1).copied().unwrap_or(0)));
            shifted.plus(Wide::from(left).times((right >> (32 * index)) as u32))
        })
    }

    /// Divides in place; the remainder.
    pub(super) fn divide_by_ten(&mut self) -> u32 {
        let mut remainder = 0_u64;
        for limb in &mut self.0 {
            let dividend = (remainder << 32) | u64::from(*limb);
            *limb = (dividend / 10) as u32;
            remainder = dividend % 10;
        }
        remainder as u32
    }
}
