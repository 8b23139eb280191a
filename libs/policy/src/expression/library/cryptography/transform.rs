//! `ICryptoTransform`: a cipher with its key.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::crypto::Aes;

use super::super::Library;
use super::{bytes_range, cost, new_bytes};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("interface System.Security.Cryptography.ICryptoTransform : IDisposable")
        .method("byte[] TransformFinalBlock(byte[] inputBuffer, int inputOffset, int inputCount)", |call| {
            let this = call.this::<Transform>()?;
            let data = bytes_range(call, 1, ["inputBuffer", "inputOffset", "inputCount"])?;
            let result = this.apply(call.machine, &data)?;
            new_bytes(call.machine, result)
        })
        .getter("int InputBlockSize", |_| Ok(16.into()))
        .getter("int OutputBlockSize", |_| Ok(16.into()))
        .getter("bool CanReuseTransform", |_| Ok(true.into()))
        .getter("bool CanTransformMultipleBlocks", |_| Ok(true.into()))
        .method("void Dispose()", |_| Ok(Value::Null));
}

/// Encryption or decryption with fixed settings, key and vector.
pub(super) struct Transform {
    pub(super) aes: Aes,
    pub(super) direction: Direction,
    pub(super) key: Vec<u8>,
    pub(super) iv: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

impl Transform {
    /// All of `data` at once.
    pub(super) fn apply(&self, machine: &mut Machine<'_>, data: &[u8]) -> Result<Vec<u8>, Thrown> {
        cost::cipher(machine, data.len())?;
        Ok(match self.direction {
            Direction::Encrypt => self.aes.encrypt(data, &self.key, &self.iv),
            Direction::Decrypt => self.aes.decrypt(data, &self.key, &self.iv),
        }?)
    }
}

impl Object for Transform {
    fn of(&self) -> Type {
        Type::named("System.Security.Cryptography.ICryptoTransform")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}
