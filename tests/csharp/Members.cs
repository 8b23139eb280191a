// Prints the public members of every type that policy expressions may use, one a line, as C# declares them: `TYPE | MEMBER`.
// What a type inherits from a base stands with the base; what it overrides, and what System.Object has, is left out. See README.md.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;

public static class Program
{
    /// APIM's list by namespace; the number of type parameters does not matter (Tuple is all of Tuple, Tuple<T1> …).
    static readonly string[] Allowed = {
        "Newtonsoft.Json: Formatting JsonConvert",
        "Newtonsoft.Json.Linq: Extensions JArray JConstructor JContainer JObject JProperty JRaw JToken JTokenType JValue",
        "System: Array BitConverter Boolean Byte Char Convert DateTime DateTimeKind DateTimeOffset Decimal Double Enum Exception Guid Int16 Int32 Int64 Math MidpointRounding "
            + "Nullable Object Random SByte Single String StringComparer StringComparison StringSplitOptions TimeSpan TimeZone TimeZoneInfo Tuple UInt16 UInt32 UInt64 Uri UriPartial",
        "System.Collections.Generic: Dictionary HashSet ICollection IDictionary IEnumerable IEnumerator IList IReadOnlyCollection IReadOnlyDictionary ISet KeyValuePair List Queue Stack",
        "System.IO: StringReader StringWriter",
        "System.Linq: Enumerable",
        "System.Net: IPAddress WebUtility",
        "System.Security.Cryptography: AsymmetricAlgorithm CipherMode HashAlgorithm HashAlgorithmName HMAC HMACMD5 HMACSHA1 HMACSHA256 HMACSHA384 HMACSHA512 KeyedHashAlgorithm MD5 Oid "
            + "PaddingMode RNGCryptoServiceProvider RSA RSAEncryptionPadding RSASignaturePadding SHA1 SHA1Managed SHA256 SHA256Managed SHA384 SHA384Managed SHA512 SHA512Managed SymmetricAlgorithm",
        "System.Security.Cryptography.X509Certificates: PublicKey RSACertificateExtensions X500DistinguishedName X509Certificate X509Certificate2 X509ContentType X509NameType",
        "System.Text: Encoding StringBuilder",
        "System.Text.RegularExpressions: Capture CaptureCollection Group GroupCollection Match Regex RegexOptions",
        "System.Xml: XmlNodeType",
        "System.Xml.Linq: Extensions XAttribute XCData XComment XContainer XDeclaration XDocument XDocumentType XElement XName XNamespace XNode XNodeDocumentOrderComparer XNodeEqualityComparer "
            + "XObject XProcessingInstruction XText",
        // Bases and results of the above that have members of their own.
        "System.IO: TextReader TextWriter",
        "System.Security.Cryptography: RandomNumberGenerator OidCollection",
    };

    static readonly Dictionary<string, string> Keywords = new Dictionary<string, string> {
        { "System.Void", "void" }, { "System.Object", "object" }, { "System.Boolean", "bool" }, { "System.Char", "char" }, { "System.String", "string" },
        { "System.SByte", "sbyte" }, { "System.Byte", "byte" }, { "System.Int16", "short" }, { "System.UInt16", "ushort" }, { "System.Int32", "int" },
        { "System.UInt32", "uint" }, { "System.Int64", "long" }, { "System.UInt64", "ulong" }, { "System.Single", "float" }, { "System.Double", "double" },
        { "System.Decimal", "decimal" },
    };

    static readonly Dictionary<string, string> Operators = new Dictionary<string, string> {
        { "op_Equality", "==" }, { "op_Inequality", "!=" }, { "op_LessThan", "<" }, { "op_GreaterThan", ">" }, { "op_LessThanOrEqual", "<=" },
        { "op_GreaterThanOrEqual", ">=" }, { "op_Addition", "+" }, { "op_Subtraction", "-" }, { "op_Multiply", "*" }, { "op_Division", "/" }, { "op_Modulus", "%" },
        { "op_UnaryNegation", "-" }, { "op_UnaryPlus", "+" }, { "op_Increment", "++" }, { "op_Decrement", "--" }, { "op_BitwiseAnd", "&" }, { "op_BitwiseOr", "|" },
        { "op_ExclusiveOr", "^" }, { "op_OnesComplement", "~" }, { "op_LeftShift", "<<" }, { "op_RightShift", ">>" }, { "op_UnsignedRightShift", ">>>" }, { "op_LogicalNot", "!" },
    };

    public static int Main(string[] arguments)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        var assemblies = Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location), "*.dll").Select(Loaded).Where(a => a != null).ToList();
        foreach (var entry in Allowed)
        {
            var space = entry.Substring(0, entry.IndexOf(':'));
            var names = entry.Substring(entry.IndexOf(':') + 2).Split(' ');
            var types = assemblies.SelectMany(Exported).Where(t => t.Namespace == space && names.Contains(Outermost(t).Name.Split('`')[0])).Distinct().ToList();
            foreach (var name in names.Where(n => types.All(t => t.Name.Split('`')[0] != n))) throw new Exception("no " + space + "." + name);
            foreach (var type in types) foreach (var line in Members(type)) lines.Add(FullName(type) + " | " + line);
        }
        File.WriteAllText(arguments[0], string.Join("\n", lines) + "\n", new UTF8Encoding(false));
        return 0;
    }

    static Assembly Loaded(string file)
    {
        var name = Path.GetFileName(file);
        if (!name.StartsWith("System.") && name != "Newtonsoft.Json.dll") return null;
        try { return Assembly.Load(AssemblyName.GetAssemblyName(file).Name); } catch (BadImageFormatException) { return null; }
    }

    static IEnumerable<Type> Exported(Assembly assembly) { return assembly.GetExportedTypes(); }

    static Type Outermost(Type type) { return type.DeclaringType == null ? type : Outermost(type.DeclaringType); }

    static IEnumerable<string> Members(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type)) yield break;
        var all = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        if (type.IsEnum)
        {
            foreach (var name in Enum.GetNames(type)) yield return name;
            yield break;
        }
        foreach (var constructor in type.IsAbstract ? new ConstructorInfo[0] : type.GetConstructors(all)) yield return "new " + Name(type) + "(" + Parameters(constructor) + ")" + Marks(constructor);
        foreach (var field in type.GetFields(all)) yield return (field.IsStatic ? "static " : "") + Name(field.FieldType) + " " + field.Name + Marks(field);
        foreach (var property in type.GetProperties(all))
        {
            var accessor = property.GetGetMethod() ?? property.GetSetMethod();
            if (Overrides(accessor)) continue;
            var index = property.GetIndexParameters();
            var head = (accessor.IsStatic ? "static " : "") + Name(property.PropertyType) + " " + (index.Length == 0 ? property.Name : "this[" + string.Join(", ", index.Select(Parameter)) + "]");
            if (property.GetGetMethod() != null) yield return head + " { get; }" + Marks(property);
            if (property.GetSetMethod() != null) yield return head + " { set; }" + Marks(property);
        }
        foreach (var method in type.GetMethods(all))
        {
            if (Overrides(method) || method.DeclaringType == typeof(object)) continue;
            if (method.IsSpecialName && !method.Name.StartsWith("op_")) continue;
            if (method.IsStatic && method.IsAbstract) continue;
            yield return Method(method) + Marks(method);
        }
    }

    /// The same member stands with a base already: this one only does it differently.
    static bool Overrides(MethodInfo method) { return method.GetBaseDefinition() != method && method.GetBaseDefinition().DeclaringType != typeof(object) || method.GetBaseDefinition().DeclaringType == typeof(object); }

    static string Marks(MemberInfo member)
    {
        var obsolete = member.GetCustomAttribute<ObsoleteAttribute>();
        return obsolete != null && obsolete.IsError ? " // error" : "";
    }

    static string Method(MethodInfo method)
    {
        var returns = Name(method.ReturnType);
        if (method.Name == "op_Implicit" || method.Name == "op_Explicit") return "static " + (method.Name == "op_Implicit" ? "implicit" : "explicit") + " operator " + returns + "(" + Parameters(method) + ")";
        string symbol;
        if (method.Name.StartsWith("op_")) return "static " + returns + " operator " + (Operators.TryGetValue(method.Name, out symbol) ? symbol : method.Name) + "(" + Parameters(method) + ")";
        var own = method.IsGenericMethodDefinition ? "<" + string.Join(", ", method.GetGenericArguments().Select(a => a.Name)) + ">" : "";
        var extends = method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute), false) ? "this " : "";
        return (method.IsStatic ? "static " : "") + returns + " " + method.Name + own + "(" + extends + Parameters(method) + ")";
    }

    static string Parameters(MethodBase method) { return string.Join(", ", method.GetParameters().Select(Parameter)); }

    static string Parameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var mode = !type.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        var many = parameter.IsDefined(typeof(ParamArrayAttribute), false) ? "params " : "";
        var text = mode + many + Name(type.IsByRef ? type.GetElementType() : type) + " " + parameter.Name;
        return parameter.IsOptional ? text + " = " + Default(parameter) : text;
    }

    static string Default(ParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        var value = parameter.DefaultValue;
        if (value == null || value == DBNull.Value || value == Missing.Value) return type.IsValueType && type == parameter.ParameterType ? "default" : "null";
        if (value is string) return "\"" + value + "\"";
        if (value is bool) return (bool)value ? "true" : "false";
        return type.IsEnum ? type.Name + "." + Enum.GetName(type, value) : value.ToString();
    }

    static string FullName(Type type)
    {
        var outer = type.DeclaringType == null ? type.Namespace : FullName(type.DeclaringType).Split('<')[0];
        return outer + "." + type.Name.Split('`')[0] + (type.IsGenericType ? "<" + string.Join(", ", type.GetGenericArguments().Select(a => a.Name)) + ">" : "");
    }

    /// A type by its simple name, as the library declares it.
    static string Name(Type type)
    {
        string keyword;
        if (type.IsByRef) return "ref " + Name(type.GetElementType());
        if (type.IsPointer) return "Pointer<" + Name(type.GetElementType()) + ">";
        if (type.IsArray) return Name(type.GetElementType()) + "[" + new string(',', type.GetArrayRank() - 1) + "]";
        if (type.IsGenericParameter) return type.Name;
        if (Keywords.TryGetValue(type.FullName ?? "", out keyword)) return keyword;
        var nullable = Nullable.GetUnderlyingType(type);
        if (nullable != null) return Name(nullable) + "?";
        if (type.Namespace == "System" && type.Name.StartsWith("ValueTuple`")) return "(" + string.Join(", ", type.GetGenericArguments().Select(Name)) + ")";
        var arguments = type.GetGenericArguments();
        var outer = type.DeclaringType == null ? "" : type.DeclaringType.Name.Split('`')[0] + ".";
        return outer + type.Name.Split('`')[0] + (arguments.Length == 0 ? "" : "<" + string.Join(", ", arguments.Select(Name)) + ">");
    }
}
