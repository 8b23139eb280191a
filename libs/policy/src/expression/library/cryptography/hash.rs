//! `HashAlgorithm` and `KeyedHashAlgorithm` with their classes.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::crypto::{HashAlgorithm, Hasher, Hmac, random_bytes};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::super::{ClassBuilder, Library};
use super::{bytes, bytes_range, cost, cryptographic, new_bytes};
use crate::expression::array::Array;
use crate::expression::library::linq::in_turns;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::{List, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A class that computes hashes.
struct Kind {
    header: &'static str,
    full_name: &'static str,
    algorithm: HashAlgorithm,
    /// What `Create()` is declared as, in classes that have it.
    create: &'static [&'static str],
    is_keyed: bool,
}

const fn plain(
    header: &'static str,
    full_name: &'static str,
    algorithm: HashAlgorithm,
    create: &'static [&'static str],
) -> Kind {
    Kind { header, full_name, algorithm, create, is_keyed: false }
}

const fn keyed(header: &'static str, full_name: &'static str, algorithm: HashAlgorithm) -> Kind {
    Kind { header, full_name, algorithm, create: &[], is_keyed: true }
}

const KINDS: [Kind; 14] = [
    plain(
        "class System.Security.Cryptography.MD5 : HashAlgorithm",
        "System.Security.Cryptography.MD5",
        HashAlgorithm::Md5,
        &["static MD5 Create()", "static MD5 Create(string algName)"],
    ),
    plain(
        "class System.Security.Cryptography.SHA1 : HashAlgorithm",
        "System.Security.Cryptography.SHA1",
        HashAlgorithm::Sha1,
        &["static SHA1 Create()", "static SHA1 Create(string hashName)"],
    ),
    plain(
        "class System.Security.Cryptography.SHA256 : HashAlgorithm",
        "System.Security.Cryptography.SHA256",
        HashAlgorithm::Sha256,
        &["static SHA256 Create()", "static SHA256 Create(string hashName)"],
    ),
    plain(
        "class System.Security.Cryptography.SHA384 : HashAlgorithm",
        "System.Security.Cryptography.SHA384",
        HashAlgorithm::Sha384,
        &["static SHA384 Create()", "static SHA384 Create(string hashName)"],
    ),
    plain(
        "class System.Security.Cryptography.SHA512 : HashAlgorithm",
        "System.Security.Cryptography.SHA512",
        HashAlgorithm::Sha512,
        &["static SHA512 Create()", "static SHA512 Create(string hashName)"],
    ),
    plain(
        "sealed class System.Security.Cryptography.SHA1Managed : SHA1",
        "System.Security.Cryptography.SHA1Managed",
        HashAlgorithm::Sha1,
        &[],
    ),
    plain(
        "sealed class System.Security.Cryptography.SHA256Managed : SHA256",
        "System.Security.Cryptography.SHA256Managed",
        HashAlgorithm::Sha256,
        &[],
    ),
    plain(
        "sealed class System.Security.Cryptography.SHA384Managed : SHA384",
        "System.Security.Cryptography.SHA384Managed",
        HashAlgorithm::Sha384,
        &[],
    ),
    plain(
        "sealed class System.Security.Cryptography.SHA512Managed : SHA512",
        "System.Security.Cryptography.SHA512Managed",
        HashAlgorithm::Sha512,
        &[],
    ),
    keyed(
        "class System.Security.Cryptography.HMACMD5 : HMAC",
        "System.Security.Cryptography.HMACMD5",
        HashAlgorithm::Md5,
    ),
    keyed(
        "class System.Security.Cryptography.HMACSHA1 : HMAC",
        "System.Security.Cryptography.HMACSHA1",
        HashAlgorithm::Sha1,
    ),
    keyed(
        "class System.Security.Cryptography.HMACSHA256 : HMAC",
        "System.Security.Cryptography.HMACSHA256",
        HashAlgorithm::Sha256,
    ),
    keyed(
        "class System.Security.Cryptography.HMACSHA384 : HMAC",
        "System.Security.Cryptography.HMACSHA384",
        HashAlgorithm::Sha384,
    ),
    keyed(
        "class System.Security.Cryptography.HMACSHA512 : HMAC",
        "System.Security.Cryptography.HMACSHA512",
        HashAlgorithm::Sha512,
    ),
];

pub(super) fn declare(library: &mut Library) {
    declare_base(library);
    library
        .declare("class System.Security.Cryptography.KeyedHashAlgorithm : HashAlgorithm")
        .getter("byte[] Key", |call| {
            let key = call.this::<HashObject>()?.key.borrow().clone();
            new_bytes(call.machine, key)
        })
        .setter("byte[] Key", |call| {
            let this = call.this::<HashObject>()?;
            let key = bytes(call, 1, "value")?;
            if this.running.borrow().is_some() {
                return Err(cryptographic("Hash key cannot be changed after the first write to the stream."));
            }
            this.key.replace(key);
            Ok(Value::Null)
        });
    library
        .declare("class System.Security.Cryptography.HMAC : KeyedHashAlgorithm")
        .getter("string HashName", |call| Ok(Text::new_static(call.this::<HashObject>()?.kind.algorithm.name()).into()))
        .method("static HMAC Create(string algorithmName)", |call| create_named(call, true));
    declare_plain::<0>(library);
    declare_plain::<1>(library);
    declare_plain::<2>(library);
    declare_plain::<3>(library);
    declare_plain::<4>(library);
    declare_plain::<5>(library);
    declare_plain::<6>(library);
    declare_plain::<7>(library);
    declare_plain::<8>(library);
    declare_keyed::<9>(library);
    declare_keyed::<10>(library);
    declare_keyed::<11>(library);
    declare_keyed::<12>(library);
    declare_keyed::<13>(library);
}

fn declare_base(library: &mut Library) {
    library
        .declare("class System.Security.Cryptography.HashAlgorithm : IDisposable")
        .method("static HashAlgorithm Create(string hashName)", |call| create_named(call, false))
        .method("byte[] ComputeHash(byte[] buffer)", |call| {
            compute(call, |call| bytes(call, 1, "buffer"))
        })
        .method("byte[] ComputeHash(byte[] buffer, int offset, int count)", |call| {
            compute(call, |call| bytes_range(call, 1, ["buffer", "offset", "count"]))
        })
        .method(
            "int TransformBlock(byte[] inputBuffer, int inputOffset, int inputCount, byte[] outputBuffer, int outputOffset)",
            transform_block,
        )
        .method("byte[] TransformFinalBlock(byte[] inputBuffer, int inputOffset, int inputCount)", |call| {
            let (this, data) = updated(call, |call| bytes_range(call, 1, ["inputBuffer", "inputOffset", "inputCount"]))?;
            this.finish();
            new_bytes(call.machine, data)
        })
        .getter("byte[] Hash", |call| match call.this::<HashObject>()?.last.borrow().clone() {
            Some(hash) => new_bytes(call.machine, hash),
            None => Ok(Value::Null),
        })
        .getter("int HashSize", |call| {
            let bits = call.this::<HashObject>()?.kind.algorithm.output_bytes() * 8;
            Ok(i32::try_from(bits).unwrap_or_default().into())
        })
        .getter("int InputBlockSize", |_| Ok(1.into()))
        .getter("int OutputBlockSize", |_| Ok(1.into()))
        .getter("bool CanReuseTransform", |_| Ok(true.into()))
        .getter("bool CanTransformMultipleBlocks", |_| Ok(true.into()))
        .method("void Initialize()", |call| {
            call.this::<HashObject>()?.running.replace(None);
            Ok(Value::Null)
        })
        .method("void Clear()", |_| Ok(Value::Null))
        .method("void Dispose()", |_| Ok(Value::Null));
}

fn declare_plain<const K: usize>(library: &mut Library) {
    let kind = const { &KINDS[K] };
    let mut class = library.declare(kind.header);
    for signature in kind.create {
        class = class.method(signature, new_plain::<K>);
    }
    if kind.create.is_empty() {
        class.constructor("()", new_plain::<K>);
    } else {
        class.method("static byte[] HashData(byte[] source)", |call| {
            let begin = |call: &mut Call<'_, '_>| {
                let running = Running::Plain(Box::new(Hasher::new(const { &KINDS[K] }.algorithm)));
                Ok((running, bytes(call, 0, "source")?))
            };
            let (running, _) = run_over(call, begin, Running::update)?;
            new_bytes(call.machine, running.finish())
        });
    }
}

fn declare_keyed<const K: usize>(library: &mut Library) {
    let class = library.declare(const { &KINDS[K] }.header);
    let class = class
        .constructor("()", |_| HashObject::with_random_key(const { &KINDS[K] }))
        .constructor("(byte[] key)", new_keyed::<K>)
        .method("static byte[] HashData(byte[] key, byte[] source)", |call| {
            let begin = |call: &mut Call<'_, '_>| {
                let key = bytes(call, 0, "key")?;
                let running = Running::Keyed(Box::new(Hmac::new(const { &KINDS[K] }.algorithm, &key)));
                Ok((running, bytes(call, 1, "source")?))
            };
            let (running, _) = run_over(call, begin, Running::update)?;
            new_bytes(call.machine, running.finish())
        });
    if const { KINDS[K].algorithm.output_bytes() == 20 } {
        class.constructor("(byte[] key, bool useManagedSha1)", new_keyed::<K>);
    }
}

fn new_plain<const K: usize>(_: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(HashObject::value(const { &KINDS[K] }, Vec::new()))
}

fn new_keyed<const K: usize>(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let key = bytes(call, 0, "key")?;
    Ok(HashObject::value(const { &KINDS[K] }, key))
}

/// `HashAlgorithm.Create(name)` and `HMAC.Create(name)`: null for a name that is not known.
fn create_named(call: &mut Call<'_, '_>, is_keyed: bool) -> Result<Value, Thrown> {
    let name = call.required_text(0, if is_keyed { "algorithmName" } else { "hashName" })?;
    let short = name.strip_prefix("System.Security.Cryptography.").unwrap_or(&name);
    let by_name = |kind: &&Kind| {
        let own = kind.full_name.rsplit('.').next().unwrap_or_default();
        (kind.is_keyed || !is_keyed) && own.eq_ignore_ascii_case(short)
    };
    let named = KINDS.iter().find(by_name).or_else(|| {
        let algorithm = HashAlgorithm::create(&name).filter(|_| !is_keyed)?;
        KINDS.iter().find(|kind| kind.algorithm == algorithm)
    });
    match named {
        Some(kind) if kind.is_keyed => HashObject::with_random_key(kind),
        Some(kind) => Ok(HashObject::value(kind, Vec::new())),
        None => Ok(Value::Null),
    }
}

/// Bytes that are hashed before the clock is looked at again: a tenth of a millisecond's.
const PIECE_BYTES: usize = 32 * 1024;

/// Gives bytes to a function piece by piece, in turns.
fn run_over<'h, F: 'static>(
    call: &mut Call<'_, 'h>,
    begin: impl FnOnce(&mut Call<'_, 'h>) -> Result<(F, Vec<u8>), Thrown>,
    update: impl Fn(&mut F, &[u8]),
) -> Result<(F, Vec<u8>), Thrown> {
    let begin = |call: &mut Call<'_, 'h>| {
        let (function, data) = begin(call)?;
        Ok((Some(function), data, 0))
    };
    in_turns(call, begin, |machine, (function, data, offset)| {
        while let Some(piece) = data.get(*offset..).filter(|rest| !rest.is_empty() || *offset == 0) {
            let piece = piece.get(..PIECE_BYTES).unwrap_or(piece);
            cost::bulk(machine, piece.len())?;
            if let Some(function) = function {
                update(function, piece);
            }
            *offset += piece.len().max(1);
            machine.end_turn()?;
        }
        let function = function.take().ok_or_else(Exception::null_reference)?;
        Ok((function, std::mem::take(data)))
    })
}

/// The same for the function of `this`, which may have had bytes before.
fn updated<'h>(
    call: &mut Call<'_, 'h>,
    data: impl FnOnce(&mut Call<'_, 'h>) -> Result<Vec<u8>, Thrown>,
) -> Result<(Rc<HashObject>, Vec<u8>), Thrown> {
    run_over(call, |call| Ok((call.this::<HashObject>()?, data(call)?)), |this, piece| this.update(piece))
}

fn compute<'h>(
    call: &mut Call<'_, 'h>,
    data: impl FnOnce(&mut Call<'_, 'h>) -> Result<Vec<u8>, Thrown>,
) -> Result<Value, Thrown> {
    let (this, _) = updated(call, data)?;
    new_bytes(call.machine, this.finish())
}

fn transform_block(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let (_, data) = updated(call, |call| bytes_range(call, 1, ["inputBuffer", "inputOffset", "inputCount"]))?;
    if let Some(target) = call.object::<Array>(4) {
        let offset = usize::try_from(call.int(5))
            .map_err(|_| Exception::argument_out_of_range("outputOffset", "Non-negative number required."))?;
        for (index, byte) in data.iter().enumerate() {
            target.set(offset.saturating_add(index), Value::Byte(*byte))?;
        }
    }
    Ok(i32::try_from(data.len()).unwrap_or(i32::MAX).into())
}

/// An instance of any of the classes.
struct HashObject {
    kind: &'static Kind,
    key: RefCell<Vec<u8>>,
    running: RefCell<Option<Running>>,
    last: RefCell<Option<Vec<u8>>>,
}

enum Running {
    Plain(Box<Hasher>),
    Keyed(Box<Hmac>),
}

impl Running {
    fn update(&mut self, data: &[u8]) {
        match self {
            Running::Plain(hasher) => hasher.update(data),
            Running::Keyed(code) => code.update(data),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Running::Plain(hasher) => hasher.finish(),
            Running::Keyed(code) => code.finish(),
        }
    }
}

impl HashObject {
    fn value(kind: &'static Kind, key: Vec<u8>) -> Value {
        Value::object(HashObject {
            kind,
            key: RefCell::new(key),
            running: RefCell::new(None),
            last: RefCell::new(None),
        })
    }

    /// As the constructors without a key make one: a block's length.
    fn with_random_key(kind: &'static Kind) -> Result<Value, Thrown> {
        let mut key = vec![0; kind.algorithm.block_bytes()];
        random_bytes(&mut key)?;
        Ok(HashObject::value(kind, key))
    }

    fn update(&self, data: &[u8]) {
        let mut running = self.running.borrow_mut();
        let running = running.get_or_insert_with(|| {
            if self.kind.is_keyed {
                Running::Keyed(Box::new(Hmac::new(self.kind.algorithm, &self.key.borrow())))
            } else {
                Running::Plain(Box::new(Hasher::new(self.kind.algorithm)))
            }
        });
        running.update(data);
    }

    /// The hash of all that came since the last one; remembered for `Hash`.
    fn finish(&self) -> Vec<u8> {
        let hash = self.running.take().map(Running::finish).unwrap_or_default();
        self.last.replace(Some(hash.clone()));
        hash
    }
}

impl Object for HashObject {
    fn of(&self) -> Type {
        Type::named(self.kind.full_name)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

/// Bits and bytes of each function's result, which stand with its class and with that of its HMAC.
pub(super) fn declare_sizes(library: &mut Library) {
    declare_legacy(library.declare("class System.Security.Cryptography.HMACSHA384 : HMAC"));
    declare_legacy(library.declare("class System.Security.Cryptography.HMACSHA512 : HMAC"));
    macro_rules! sizes {
        ($($name:literal $bytes:literal)*) => { $(
            library
                .declare(concat!("class System.Security.Cryptography.", $name))
                .getter("static int HashSizeInBits", |_| Ok(Value::Int($bytes * 8)))
                .getter("static int HashSizeInBytes", |_| Ok(Value::Int($bytes)));
        )* };
    }
    sizes!(
        "MD5" 16 "SHA1" 20 "SHA256" 32 "SHA384" 48 "SHA512" 64
        "HMACMD5" 16 "HMACSHA1" 20 "HMACSHA256" 32 "HMACSHA384" 48 "HMACSHA512" 64
    );
}

/// A mistake of .NET Framework that nobody can have back.
fn declare_legacy(class: ClassBuilder<'_>) {
    class.getter("bool ProduceLegacyHmacValues", |_| Ok(false.into())).setter("bool ProduceLegacyHmacValues", |call| {
        if call.bool(1) {
            let message = "Operation is not supported on this platform.";
            return Err(Exception::new(ExceptionType::PlatformNotSupported, message).into());
        }
        Ok(Value::Null)
    });
}
