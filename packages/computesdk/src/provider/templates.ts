// Templates: named images, built once, to start sandboxes from.

import type { CallOptions } from '../sandbox/call-options.js';

/** A built template. */
export interface Template {
  /** What `create({ templateId })` takes. */
  id: string;
  /** The provider's name. */
  provider: string;
  /** As given to `create`. */
  name: string;
  /** When it was built, where the provider tells. */
  createdAt?: Date | undefined;
  /** As given to `create`. */
  metadata?: Record<string, unknown> | undefined;
}

/** Common options; each provider adds its own, such as the base image and build steps. */
export interface CreateTemplateOptions extends CallOptions {
  /** What `create({ templateId })` can find it by, where the provider takes names. */
  name: string;
  /** What it is for, in words. */
  description?: string | undefined;
  /** Facts to keep with it, as JSON can hold them. */
  metadata?: Record<string, unknown> | undefined;
}

/** Options of `template.list`. */
export interface ListTemplatesOptions extends CallOptions {
  /** At most this many. Default: all. */
  limit?: number | undefined;
}

/** Templates of one provider. */
export interface ProviderTemplateManager<
  TTemplate extends Template = Template,
  TCreate extends CreateTemplateOptions = CreateTemplateOptions,
> {
  /** Builds it, and resolves when it can be used. Throws InvalidArgumentError, and what a failed build is to the provider. */
  create(options: TCreate): Promise<TTemplate>;
  /** What there is; an empty list when there is none. */
  list(options?: ListTemplatesOptions): Promise<TTemplate[]>;
  /** Deletes one by its id. One that is not there is not an error. */
  delete(templateId: string, options?: CallOptions): Promise<void>;
}
