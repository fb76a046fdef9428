import { describe, expect, it } from 'vitest';

import { Sandbox, SandboxCreateV2Request } from '../gen/modal/client.js';
import { MESSAGES } from '../gen/schema.js';
import { FIELD_SUPPORT, type FieldStatus } from './field-support.js';
import { unsupportedFields } from './check-fields.js';

function complaints(definition: Parameters<typeof Sandbox.fromPartial>[0]) {
  return unsupportedFields('SandboxCreateV2Request', SandboxCreateV2Request.fromPartial({ appId: 'ap-1', definition }));
}

describe('unsupportedFields', () => {
  it('has nothing to say of a request that asks for what the engine does', () => {
    expect(complaints({ imageId: 'im-1', timeoutSecs: 60, cloudProviderStr: 'aws', verbose: true })).toEqual([]);
  });

  it('names the nested field that cannot be honoured and says what to do', () => {
    expect(complaints({ resources: { gpuConfig: { count: 1, gpuType: 'T4' } } })).toEqual([
      'definition.resources.gpu_config cannot be honoured by the local engine. This machine lends no GPU to sandboxes: leave `gpu` out, or run the program on Modal.',
    ]);
  });

  it('takes an empty message for an option left out, as the SDK sends it', () => {
    expect(complaints({ resources: { gpuConfig: { count: 0, gpuType: '' } } })).toEqual([]);
  });

  it('names a field of a protocol that is newer than the engine', () => {
    const encoded = Buffer.concat([Sandbox.encode(Sandbox.fromPartial({ imageId: 'im-1' })).finish(), Buffer.from([0xf8, 0x3f, 0x01])]);
    const request = { ...SandboxCreateV2Request.fromPartial({}), definition: Sandbox.decode(encoded) };
    expect(unsupportedFields('SandboxCreateV2Request', request)).toEqual([expect.stringContaining('definition field 1023 is unknown')]);
  });

  it.each(fieldsOf('refused'))('names each field that is refused: %s.%s', (message, field, name) => {
    expect(unsupportedFields(message, { [name]: 'set' })).toEqual([expect.stringContaining(`${field} cannot be honoured by the local engine. `)]);
  });

  it.each(fieldsOf('ignored'))('lets each field pass that is ignored: %s.%s', (message, _field, name) => {
    expect(unsupportedFields(message, { [name]: 'set' })).toEqual([]);
  });

  it('leaves calls that are refused as a whole to say so', () => {
    expect(unsupportedFields('Unserved', { _unknownFields: { 10: [Buffer.from('x')] } })).toEqual([]);
  });

  it('speaks only of fields that the protocol has', () => {
    for (const [message, fields] of Object.entries(FIELD_SUPPORT)) {
      const known = MESSAGES[message]?.map(({ protoName }) => protoName);
      expect(known, message).toEqual(expect.arrayContaining(Object.keys(fields)));
    }
  });
});

function fieldsOf(wanted: FieldStatus): [message: string, field: string, name: string][] {
  return Object.entries(FIELD_SUPPORT).flatMap(([message, fields]) =>
    (MESSAGES[message] ?? []).flatMap(({ protoName, name }): [string, string, string][] =>
      fields[protoName]?.status === wanted ? [[message, protoName, name]] : [],
    ),
  );
}
