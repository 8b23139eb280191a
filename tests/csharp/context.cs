// The `context` of a policy expression, filled from context.json. Names and types follow Microsoft's documentation of policy expressions.
using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

public interface IUrl { string Host { get; } string Path { get; } int Port { get; } IReadOnlyDictionary<string, string[]> Query { get; } string QueryString { get; } string Scheme { get; } }
public interface IMessageBody
{
    T As<T>(bool preserveContent = false);
    IDictionary<string, IList<string>> AsFormUrlEncodedContent(bool preserveContent = false);
}
public interface IRequest
{
    IMessageBody Body { get; } X509Certificate2 Certificate { get; } IReadOnlyDictionary<string, string[]> Headers { get; } string IpAddress { get; }
    IReadOnlyDictionary<string, string> MatchedParameters { get; } string Method { get; } IUrl OriginalUrl { get; } IUrl Url { get; }
}
public interface IResponse { IMessageBody Body { get; } IReadOnlyDictionary<string, string[]> Headers { get; } int StatusCode { get; } string StatusReason { get; } }
public interface ISubscriptionKeyParameterNames { string Header { get; } string Query { get; } }
public interface IApi
{
    string Id { get; } string Name { get; } string Path { get; } IEnumerable<string> Protocols { get; } IUrl ServiceUrl { get; }
    ISubscriptionKeyParameterNames SubscriptionKeyParameterNames { get; } bool IsCurrentRevision { get; } string Revision { get; } string Version { get; }
}
public interface IGateway { string Id { get; } string InstanceId { get; } bool IsManaged { get; } }
public interface IDeployment
{
    string GatewayId { get; } string Region { get; } string ServiceId { get; } string ServiceName { get; } IGateway Gateway { get; }
    IReadOnlyDictionary<string, X509Certificate2> Certificates { get; }
}
public interface ILastError
{
    string Source { get; } string Reason { get; } string Message { get; } string Scope { get; } string Section { get; } string Path { get; } string PolicyId { get; }
}
public interface IOperation { string Id { get; } string Method { get; } string Name { get; } string UrlTemplate { get; } }
public interface IGroup { string Id { get; } string Name { get; } }
public enum ProductState { NotPublished, Published }
public interface IProduct
{
    IEnumerable<IApi> Apis { get; } bool ApprovalRequired { get; } IEnumerable<IGroup> Groups { get; } string Id { get; } string Name { get; }
    ProductState State { get; } int? SubscriptionLimit { get; } bool SubscriptionRequired { get; }
}
public interface ISubscription
{
    DateTime CreatedDate { get; } DateTime? EndDate { get; } string Id { get; } string Key { get; } string Name { get; } string PrimaryKey { get; }
    string SecondaryKey { get; } DateTime? StartDate { get; }
}
public interface IUserIdentity { string Id { get; } string Provider { get; } }
public interface IUser
{
    string Email { get; } string FirstName { get; } IEnumerable<IGroup> Groups { get; } string Id { get; } IEnumerable<IUserIdentity> Identities { get; }
    string LastName { get; } string Note { get; } DateTime RegistrationDate { get; }
}
public interface IContext
{
    IApi Api { get; } IDeployment Deployment { get; } TimeSpan Elapsed { get; } ILastError LastError { get; } IOperation Operation { get; } IProduct Product { get; }
    IRequest Request { get; } Guid RequestId { get; } IResponse Response { get; } ISubscription Subscription { get; } DateTime Timestamp { get; } bool Tracing { get; }
    IUser User { get; } IReadOnlyDictionary<string, object> Variables { get; }
    void Trace(string message);
}
public class Authorization { public string AccessToken { get; set; } }
public class BasicAuthCredentials
{
    public string UserId { get; set; } public string Password { get; set; } public string Username { get { return UserId; } }
}
public class Jwt
{
    public string Algorithm { get; set; } public IEnumerable<string> Audiences { get; set; } public IReadOnlyDictionary<string, string[]> Claims { get; set; }
    public DateTime? ExpirationTime { get; set; } public string Id { get; set; } public string Issuer { get; set; } public DateTime? IssuedAt { get; set; }
    public DateTime? NotBefore { get; set; } public string Subject { get; set; } public string Type { get; set; }
}

public static class ContextExtensions
{
    public static string GetValueOrDefault(this IReadOnlyDictionary<string, string[]> map, string name, string other = null)
    { string[] found; return map.TryGetValue(name, out found) ? string.Join(",", found) : other; }
    public static string[] GetValueOrDefault(this IReadOnlyDictionary<string, string[]> map, string name, string[] other)
    { string[] found; return map.TryGetValue(name, out found) ? found : other; }
    public static string GetValueOrDefault(this IReadOnlyDictionary<string, string> map, string name, string other = null)
    { string found; return map.TryGetValue(name, out found) ? found : other; }
    public static object GetValueOrDefault(this IReadOnlyDictionary<string, object> map, string name, object other = null)
    { object found; return map.TryGetValue(name, out found) ? found : other; }
    public static T GetValueOrDefault<T>(this IReadOnlyDictionary<string, object> map, string name, T other = default(T))
    { object found; return map.TryGetValue(name, out found) ? (T)found : other; }

    public static BasicAuthCredentials AsBasic(this string text) { BasicAuthCredentials result; return TryParseBasic(text, out result) ? result : null; }
    public static bool TryParseBasic(this string text, out BasicAuthCredentials result)
    {
        result = null;
        if (text == null || !text.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return false;
        try
        {
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(text.Substring(6).Trim()));
            var colon = pair.IndexOf(':');
            if (colon < 0) return false;
            result = new BasicAuthCredentials { UserId = pair.Substring(0, colon), Password = pair.Substring(colon + 1) };
            return true;
        }
        catch (FormatException) { return false; }
    }
    public static Jwt AsJwt(this string text) { Jwt result; return TryParseJwt(text, out result) ? result : null; }
    public static bool TryParseJwt(this string text, out Jwt result)
    {
        result = null;
        if (text == null) return false;
        if (text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) text = text.Substring(7).Trim();
        var parts = text.Split('.');
        if (parts.Length != 3) return false;
        try
        {
            var header = JObject.Parse(Encoding.UTF8.GetString(Decode(parts[0])));
            var payload = JObject.Parse(Encoding.UTF8.GetString(Decode(parts[1])));
            var claims = payload.Properties().ToDictionary(p => p.Name, p => p.Value is JArray ? p.Value.Select(v => (string)v).ToArray() : new[] { (string)p.Value });
            result = new Jwt
            {
                Algorithm = (string)header["alg"], Type = (string)header["typ"], Claims = claims, Issuer = (string)payload["iss"], Subject = (string)payload["sub"],
                Id = (string)payload["jti"], Audiences = claims.ContainsKey("aud") ? claims["aud"] : new string[0], ExpirationTime = Time(payload["exp"]),
                NotBefore = Time(payload["nbf"]), IssuedAt = Time(payload["iat"])
            };
            return true;
        }
        catch (Exception) { return false; }
    }
    static DateTime? Time(JToken seconds) { return seconds == null ? (DateTime?)null : DateTimeOffset.FromUnixTimeSeconds((long)seconds).UtcDateTime; }
    static byte[] Decode(string text) { text = text.Replace('-', '+').Replace('_', '/'); return Convert.FromBase64String(text + new string('=', (4 - text.Length % 4) % 4)); }

    public static byte[] Encrypt(this byte[] data, string algorithm, byte[] key, byte[] iv) { return Transform(data, algorithm, key, iv, true); }
    public static byte[] Decrypt(this byte[] data, string algorithm, byte[] key, byte[] iv) { return Transform(data, algorithm, key, iv, false); }
    public static byte[] Encrypt(this byte[] data, SymmetricAlgorithm algorithm) { using (var t = algorithm.CreateEncryptor()) return t.TransformFinalBlock(data, 0, data.Length); }
    public static byte[] Decrypt(this byte[] data, SymmetricAlgorithm algorithm) { using (var t = algorithm.CreateDecryptor()) return t.TransformFinalBlock(data, 0, data.Length); }
    public static byte[] Encrypt(this byte[] data, SymmetricAlgorithm algorithm, byte[] key, byte[] iv) { using (var t = algorithm.CreateEncryptor(key, iv)) return t.TransformFinalBlock(data, 0, data.Length); }
    public static byte[] Decrypt(this byte[] data, SymmetricAlgorithm algorithm, byte[] key, byte[] iv) { using (var t = algorithm.CreateDecryptor(key, iv)) return t.TransformFinalBlock(data, 0, data.Length); }
    static byte[] Transform(byte[] data, string name, byte[] key, byte[] iv, bool encrypt)
    {
        if (!string.Equals(name, "Aes", StringComparison.OrdinalIgnoreCase)) throw new ArgumentException("mock: only Aes");
        using (var aes = Aes.Create()) return encrypt ? data.Encrypt(aes, key, iv) : data.Decrypt(aes, key, iv);
    }
    public static string ToQueryString(this IDictionary<string, IList<string>> map) { return "?" + map.ToFormUrlEncodedContent(); }
    public static string ToFormUrlEncodedContent(this IDictionary<string, IList<string>> map)
    { return string.Join("&", map.SelectMany(p => p.Value.Select(v => Uri.EscapeDataString(p.Key) + "=" + Uri.EscapeDataString(v)))); }
}

public class MockUrl : IUrl
{
    readonly Uri uri;
    public MockUrl(string text)
    {
        uri = new Uri(text);
        var query = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in uri.Query.TrimStart('?').Split(new[] { '&' }, StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            var name = Uri.UnescapeDataString(equals < 0 ? pair : pair.Substring(0, equals));
            if (!query.ContainsKey(name)) query[name] = new List<string>();
            query[name].Add(equals < 0 ? "" : Uri.UnescapeDataString(pair.Substring(equals + 1)));
        }
        Query = query.ToDictionary(p => p.Key, p => p.Value.ToArray(), StringComparer.OrdinalIgnoreCase);
    }
    public string Host { get { return uri.Host; } }
    public string Path { get { return uri.AbsolutePath; } }
    public int Port { get { return uri.Port; } }
    public string QueryString { get { return uri.Query; } }
    public string Scheme { get { return uri.Scheme; } }
    public IReadOnlyDictionary<string, string[]> Query { get; private set; }
    public override string ToString() { return uri.ToString(); }
}

public class MockBody : IMessageBody
{
    string text;
    public MockBody(string text) { this.text = text; }
    string Take(bool preserve)
    {
        var taken = text;
        if (!preserve) text = "";
        return taken;
    }
    public T As<T>(bool preserveContent = false)
    {
        var taken = Take(preserveContent);
        object result;
        if (typeof(T) == typeof(string)) result = taken;
        else if (typeof(T) == typeof(byte[])) result = Encoding.UTF8.GetBytes(taken);
        else if (typeof(T) == typeof(JObject)) result = JObject.Parse(taken);
        else if (typeof(T) == typeof(JArray)) result = JArray.Parse(taken);
        else if (typeof(T) == typeof(JToken)) result = JToken.Parse(taken);
        else if (typeof(T) == typeof(XElement)) result = XElement.Parse(taken);
        else if (typeof(T) == typeof(XDocument)) result = XDocument.Parse(taken);
        else if (typeof(T) == typeof(XNode)) result = XElement.Parse(taken);
        else throw new NotSupportedException("mock: As<" + typeof(T) + ">");
        return (T)result;
    }
    public IDictionary<string, IList<string>> AsFormUrlEncodedContent(bool preserveContent = false)
    {
        var result = new Dictionary<string, IList<string>>();
        foreach (var pair in Take(preserveContent).Split('&').Select(p => p.Split(new[] { '=' }, 2)))
        {
            var name = System.Net.WebUtility.UrlDecode(pair[0]);
            if (!result.ContainsKey(name)) result[name] = new List<string>();
            result[name].Add(pair.Length > 1 ? System.Net.WebUtility.UrlDecode(pair[1]) : "");
        }
        return result;
    }
}

public class MockResponse : IResponse
{
    public IMessageBody Body { get; set; } public IReadOnlyDictionary<string, string[]> Headers { get; set; } public int StatusCode { get; set; } public string StatusReason { get; set; }
}
public class MockRequest : IRequest
{
    public IMessageBody Body { get; set; } public X509Certificate2 Certificate { get; set; } public IReadOnlyDictionary<string, string[]> Headers { get; set; } public string IpAddress { get; set; }
    public IReadOnlyDictionary<string, string> MatchedParameters { get; set; } public string Method { get; set; } public IUrl OriginalUrl { get; set; } public IUrl Url { get; set; }
}
public class MockNames : ISubscriptionKeyParameterNames { public string Header { get; set; } public string Query { get; set; } }
public class MockApi : IApi
{
    public string Id { get; set; } public string Name { get; set; } public string Path { get; set; } public IEnumerable<string> Protocols { get; set; } public IUrl ServiceUrl { get; set; }
    public ISubscriptionKeyParameterNames SubscriptionKeyParameterNames { get; set; } public bool IsCurrentRevision { get; set; } public string Revision { get; set; } public string Version { get; set; }
}
public class MockGateway : IGateway { public string Id { get; set; } public string InstanceId { get; set; } public bool IsManaged { get; set; } }
public class MockDeployment : IDeployment
{
    public string GatewayId { get; set; } public string Region { get; set; } public string ServiceId { get; set; } public string ServiceName { get; set; } public IGateway Gateway { get; set; }
    public IReadOnlyDictionary<string, X509Certificate2> Certificates { get; set; }
}
public class MockError : ILastError
{
    public string Source { get; set; } public string Reason { get; set; } public string Message { get; set; } public string Scope { get; set; } public string Section { get; set; }
    public string Path { get; set; } public string PolicyId { get; set; }
}
public class MockOperation : IOperation { public string Id { get; set; } public string Method { get; set; } public string Name { get; set; } public string UrlTemplate { get; set; } }
public class MockGroup : IGroup { public string Id { get; set; } public string Name { get; set; } }
public class MockProduct : IProduct
{
    public IEnumerable<IApi> Apis { get; set; } public bool ApprovalRequired { get; set; } public IEnumerable<IGroup> Groups { get; set; } public string Id { get; set; } public string Name { get; set; }
    public ProductState State { get; set; } public int? SubscriptionLimit { get; set; } public bool SubscriptionRequired { get; set; }
}
public class MockSubscription : ISubscription
{
    public DateTime CreatedDate { get; set; } public DateTime? EndDate { get; set; } public string Id { get; set; } public string Key { get; set; } public string Name { get; set; }
    public string PrimaryKey { get; set; } public string SecondaryKey { get; set; } public DateTime? StartDate { get; set; }
}
public class MockIdentity : IUserIdentity { public string Id { get; set; } public string Provider { get; set; } }
public class MockUser : IUser
{
    public string Email { get; set; } public string FirstName { get; set; } public IEnumerable<IGroup> Groups { get; set; } public string Id { get; set; } public IEnumerable<IUserIdentity> Identities { get; set; }
    public string LastName { get; set; } public string Note { get; set; } public DateTime RegistrationDate { get; set; }
}

public class MockContext : IContext
{
    static readonly string data = File.ReadAllText(Environment.GetEnvironmentVariable("POSTERN_CONTEXT"));

    public IApi Api { get; set; } public IDeployment Deployment { get; set; } public TimeSpan Elapsed { get; set; } public ILastError LastError { get; set; } public IOperation Operation { get; set; }
    public IProduct Product { get; set; } public IRequest Request { get; set; } public Guid RequestId { get; set; } public IResponse Response { get; set; } public ISubscription Subscription { get; set; }
    public DateTime Timestamp { get; set; } public bool Tracing { get; set; } public IUser User { get; set; } public IReadOnlyDictionary<string, object> Variables { get; set; }
    public void Trace(string message) { }

    /// A context of its own for each case, because expressions change bodies and JSON variables.
    public static IContext Fresh()
    {
        JObject json;
        using (var reader = new JsonTextReader(new StringReader(data)) { DateParseHandling = DateParseHandling.None }) json = JObject.Load(reader);
        var api = (JObject)json["api"]; var deployment = json["deployment"]; var product = json["product"]; var subscription = json["subscription"]; var user = json["user"];
        var request = json["request"]; var names = api["subscriptionKeyParameterNames"];
        return new MockContext
        {
            RequestId = Guid.Parse((string)json["requestId"]), Timestamp = Time(json["timestamp"]).Value, Elapsed = TimeSpan.Parse((string)json["elapsed"]), Tracing = (bool)json["tracing"],
            Api = new MockApi
            {
                Id = (string)api["id"], Name = (string)api["name"], Path = (string)api["path"], Revision = (string)api["revision"], Version = (string)api["version"], IsCurrentRevision = (bool)api["isCurrentRevision"],
                ServiceUrl = new MockUrl((string)api["serviceUrl"]), Protocols = api["protocols"].Select(p => (string)p).ToArray(), SubscriptionKeyParameterNames = names.ToObject<MockNames>()
            },
            Deployment = new MockDeployment
            {
                GatewayId = (string)deployment["gatewayId"], Region = (string)deployment["region"], ServiceId = (string)deployment["serviceId"], ServiceName = (string)deployment["serviceName"],
                Gateway = deployment["gateway"].ToObject<MockGateway>(), Certificates = ((JObject)deployment["certificates"]).Properties().ToDictionary(p => p.Name, p => Certificate(p.Value))
            },
            LastError = None(json["lastError"]) ? null : json["lastError"].ToObject<MockError>(), Operation = json["operation"].ToObject<MockOperation>(),
            Product = None(product) ? null : new MockProduct
            {
                Id = (string)product["id"], Name = (string)product["name"], ApprovalRequired = (bool)product["approvalRequired"], SubscriptionRequired = (bool)product["subscriptionRequired"],
                SubscriptionLimit = (int?)product["subscriptionLimit"], State = (ProductState)Enum.Parse(typeof(ProductState), (string)product["state"]), Groups = Groups(product["groups"]),
                Apis = product["apis"].Select(a => new MockApi { Id = (string)a["id"], Name = (string)a["name"], Path = (string)a["path"] }).ToArray()
            },
            Subscription = None(subscription) ? null : new MockSubscription
            {
                Id = (string)subscription["id"], Name = (string)subscription["name"], Key = (string)subscription["key"], PrimaryKey = (string)subscription["primaryKey"],
                SecondaryKey = (string)subscription["secondaryKey"], CreatedDate = Time(subscription["createdDate"]).Value, StartDate = Time(subscription["startDate"]), EndDate = Time(subscription["endDate"])
            },
            User = None(user) ? null : new MockUser
            {
                Id = (string)user["id"], Email = (string)user["email"], FirstName = (string)user["firstName"], LastName = (string)user["lastName"], Note = (string)user["note"],
                RegistrationDate = Time(user["registrationDate"]).Value, Groups = Groups(user["groups"]), Identities = user["identities"].ToObject<MockIdentity[]>()
            },
            Request = new MockRequest
            {
                Method = (string)request["method"], Url = new MockUrl((string)request["url"]), OriginalUrl = new MockUrl((string)request["originalUrl"]), IpAddress = (string)request["ipAddress"], Certificate = Certificate(request["certificate"]),
                MatchedParameters = request["matchedParameters"].ToObject<Dictionary<string, string>>(), Headers = Headers(request["headers"]), Body = None(request["body"]) ? null : new MockBody((string)request["body"])
            },
            Response = None(json["response"]) ? null : Answer(json["response"]), Variables = ((JObject)json["variables"]).Properties().ToDictionary(p => p.Name, p => Variable(p.Value))
        };
    }

    static readonly Dictionary<string, X509Certificate2> loaded = new Dictionary<string, X509Certificate2>();
    static X509Certificate2 Certificate(JToken base64)
    {
        if (base64 == null || None(base64)) return null;
        var text = (string)base64;
        if (!loaded.ContainsKey(text)) loaded[text] = new X509Certificate2(Convert.FromBase64String(text), "");
        return loaded[text];
    }
    static bool None(JToken token) { return token.Type == JTokenType.Null; }
    static IGroup[] Groups(JToken groups) { return groups.ToObject<MockGroup[]>(); }
    static DateTime? Time(JToken text)
    {
        return text == null || text.Type == JTokenType.Null ? (DateTime?)null
            : DateTime.Parse((string)text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.RoundtripKind);
    }
    static IReadOnlyDictionary<string, string[]> Headers(JToken headers)
    { return ((JObject)headers).Properties().ToDictionary(p => p.Name, p => p.Value.Select(v => (string)v).ToArray(), StringComparer.OrdinalIgnoreCase); }
    static IResponse Answer(JToken r)
    { return new MockResponse { StatusCode = (int)r["statusCode"], StatusReason = (string)r["statusReason"], Headers = Headers(r["headers"]), Body = new MockBody((string)r["body"]) }; }
    static object Variable(JToken v)
    {
        var value = v["value"];
        switch ((string)v["type"])
        {
            case "string": return (string)value;
            case "int": return (int)value;
            case "long": return (long)value;
            case "bool": return (bool)value;
            case "double": return (double)value;
            case "JObject": return JObject.Parse(value.ToString());
            case "JArray": return JArray.Parse(value.ToString());
            case "IResponse": return Answer(value);
            case "Jwt": return ((string)value).AsJwt();
            default: throw new NotSupportedException((string)v["type"]);
        }
    }
}
