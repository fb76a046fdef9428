// Templates: named images, built once, to start sandboxes from.

import type { CallOptions } from '../sandbox/call-options.js';

/** A built template. */
export interface Template {
  /** What `create({ templateId })` takes. */
  id: string;
  /** The provider's name. */
  provider: string;
  name: string;
  createdAt?: Date | undefined;
  metadata?: Record<string, unknown> | undefined;
}

/** Common options; each provider adds its own, such as the base image and build steps. */
export interface CreateTemplateOptions extends CallOptions {
  name: string;
  description?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
}

export interface ListTemplatesOptions extends CallOptions {
  /** At most this many. */
  limit?: number | undefined;
}

/** Templates of one provider. */
export interface ProviderTemplateManager<
  TTemplate extends Template = Template,
  TCreate extends CreateTemplateOptions = CreateTemplateOptions,
> {
  create(options: TCreate): Promise<TTemplate>;
  list(options?: ListTemplatesOptions): Promise<TTemplate[]>;
  /** One that is not there is not an error. */
  delete(templateId: string, options?: CallOptions): Promise<void>;
}
