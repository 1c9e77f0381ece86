const named = (names: string) => new Set(names.toLowerCase().split(' '));

/** Query parameters whose values are shown. */
const harmless = named(
  'application_name connect_timeout dbname host hostaddr port sslmode target_session_attrs user ' +
    'tls tlsVerifyCert tlsCAFile nodePreference discoveryInterval gossipTimeout maxDiscoverAttempts throwOnAppendFailure ' +
    'defaultDeadline keepAliveInterval keepAliveTimeout connectionName authMechanism authSource connectTimeoutMS ' +
    'directConnection maxPoolSize readPreference replicaSet retryWrites serverSelectionTimeoutMS socketTimeoutMS ssl w',
);
/** Query parameters of which only the name is shown. */
const secret = named(
  'password sslpassword sslkey sslcert passfile options tlsCertificateKeyFile tlsCertificateKeyFilePassword ' +
    'authMechanismProperties userCertFile userKeyFile token',
);

const hidden = '***';
const onlyIf = (pattern: RegExp, text: string) => (pattern.test(text) ? text : hidden);

/**
 * A URL that is safe to show or log: anything that may be a secret is replaced by `***`. What is not understood counts as secret:
 * everything before the last `@` but the user name (people write passwords with `@` unescaped), and each query value that is not
 * known to be harmless.
 *
 * @example shownUrl('postgres://me:p@ss@db:5432/x?sslpassword=abc') // 'postgres://me:***@db:5432/x?sslpassword=***'
 */
export function shownUrl(address: string): string {
  const scheme = /^[a-z][a-z0-9+.-]{0,30}:\/\//i.exec(address)?.[0];
  if (scheme === undefined) return hidden;
  const rest = address.slice(scheme.length);
  const at = rest.lastIndexOf('@');
  // Either a password with such a character, or an `@` in the query: it is not clear which side is the secret.
  if (/[/?#]/.test(rest.slice(0, Math.max(at, 0)))) return `${scheme}${hidden}`;
  const place = rest.slice(at + 1);
  const [authorityAndPath = '', ...query] = place.split('?');
  const path = authorityAndPath.indexOf('/') === -1 ? authorityAndPath.length : authorityAndPath.indexOf('/');
  return [
    scheme,
    at === -1 ? '' : `${shownUser(rest.slice(0, at), scheme)}@`,
    onlyIf(/^[\w.:,[\]%-]*$/, authorityAndPath.slice(0, path)),
    onlyIf(/^[\w./~%-]*$/, authorityAndPath.slice(path)),
    query.length === 0 ? '' : `?${query.join('?').split('&').map(shownSetting).join('&')}`,
  ].join('');
}

/** In an http(s) URL, a user name without a password is usually a key. */
function shownUser(userInfo: string, scheme: string): string {
  const colon = userInfo.indexOf(':');
  if (colon === -1) return /^http/i.test(scheme) ? hidden : onlyIf(/^[\w.%+-]*$/, userInfo);
  return `${onlyIf(/^[\w.%+-]*$/, userInfo.slice(0, colon))}:${hidden}`;
}

function shownSetting(setting: string): string {
  const equals = setting.indexOf('=');
  if (equals === -1) return setting === '' ? '' : hidden;
  const name = setting.slice(0, equals);
  if (harmless.has(name.toLowerCase())) return `${name}=${onlyIf(/^[\w.,:/%+-]{0,200}$/, setting.slice(equals + 1))}`;
  return `${secret.has(name.toLowerCase()) ? name : hidden}=${hidden}`;
}

/** Text, such as a library's error, with the secrets in its URLs hidden. File URLs (`file:///…` in a stack) stay as they are. */
export function withShownUrls(text: string): string {
  return text.replace(/\b(?!file:)[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'`<>]+/gi, (url) => {
    // Punctuation that ends a sentence and closing brackets are not part of the URL.
    const end = /[).,;:!?\]}]*$/.exec(url.slice(-20))![0].length;
    return shownUrl(url.slice(0, url.length - end)) + url.slice(url.length - end);
  });
}
