import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from './cache.ts';
import { commandWorks, runCommand } from './command.ts';
import { StackError } from './errors.ts';
import { HOST } from './ports.ts';

/** PEM files of one authority, the server that it vouches for and a client that the server believes. */
export interface Certificates {
  /** The authority's own certificate: what a client needs to believe the server. */
  readonly authority: string;
  /** The server's private key and certificate in one file, as Kafka takes them. */
  readonly server: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** Where the certificates of a folder lie, made or not. */
export function certificatesIn(folder: string): Certificates {
  return {
    authority: join(folder, 'ca.pem'),
    server: join(folder, 'server.pem'),
    clientCertificate: join(folder, 'client.pem'),
    clientKey: join(folder, 'client.key'),
  };
}

const DAYS = '3650';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/**
 * Makes an authority of the folder's own, and certificates by it for a server on the loopback interface and for a client; for trying things out on
 * one machine, as the authority's key lies beside them. What is there already is kept.
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const made = certificatesIn(folder);
  // The last to be written.
  if (await exists(made.server)) return made;
  if (!(await commandWorks('openssl', ['version'])))
    throw new StackError(
      'OPENSSL_MISSING',
      'openssl 1.1.1 or later is needed to make certificates; none is on the PATH (Debian: apt-get install openssl)',
    );
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authorityKey = join(folder, 'ca.key');
  await openssl(
    ...['req', '-x509', ...NEW_KEY, '-keyout', authorityKey, '-out', made.authority, '-days', DAYS],
    ...['-subj', '/O=AURA/CN=AURA local authority'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
  const sign = async (name: string, certificate: string, key: string, extensions: string): Promise<void> => {
    const request = join(folder, `${name}.csr`);
    const extensionFile = join(folder, `${name}.ext`);
    await writeFile(extensionFile, extensions);
    await openssl('req', '-new', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/O=AURA/CN=${name}`);
    await openssl(
      ...['x509', '-req', '-in', request, '-out', certificate, '-days', DAYS, '-extfile', extensionFile],
      ...['-CA', made.authority, '-CAkey', authorityKey, '-CAcreateserial'],
    );
    await chmod(key, 0o600);
    await Promise.all([rm(request), rm(extensionFile)]);
  };
  await sign('aura-client', made.clientCertificate, made.clientKey, 'extendedKeyUsage=clientAuth\n');
  const serverKey = join(folder, 'server.key');
  const serverCertificate = join(folder, 'server.crt');
  await sign(
    'localhost',
    serverCertificate,
    serverKey,
    `subjectAltName=IP:${HOST},DNS:localhost\nextendedKeyUsage=serverAuth\n`,
  );
  const both = await Promise.all([readFile(serverKey, 'utf8'), readFile(serverCertificate, 'utf8')]);
  await writeFile(made.server, both.join(''), { mode: 0o600 });
  await Promise.all([rm(serverKey), rm(serverCertificate)]);
  return made;
}

async function openssl(...args: readonly string[]): Promise<void> {
  await runCommand('openssl', args, { timeoutMs: 60_000 });
}
