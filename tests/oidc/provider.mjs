// oidc-provider with its own pages for people, over HTTPS on loopback, with a new key at each start. tests/e2e/oidc_provider.rs runs it in
// target/provider, where the package is. settings.json of the folder in FOLDER holds the port, the kind of key and the package's own
// configuration; people.json, read anew each time, the claims of each subject, who types just that and any password.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

const file = (name) => readFileSync(`${process.env.FOLDER}/${name}`);
const { issuer, port, algorithm, configuration } = JSON.parse(file('settings.json'));
const kind = { RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }], EdDSA: ['ed25519'] }[algorithm];
const key = generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' });
const provider = new Provider(issuer, {
  ...configuration,
  pkce: { required: () => true },
  jwks: { keys: [{ ...key, use: 'sig' }] },
  findAccount: (_, accountId) => {
    const claims = JSON.parse(file('people.json'))[accountId];
    return claims && { accountId, claims: () => ({ sub: accountId, ...claims }) };
  },
});
provider.on('server_error', (_, error) => console.error(error));
// Its pages want letters of another host.
provider.use(async (context, next) => {
  await next();
  context.set('Content-Security-Policy', "style-src 'unsafe-inline'");
});
createServer({ cert: file('tls.crt'), key: file('tls.key') }, provider.callback()).listen(port, '127.0.0.1');
