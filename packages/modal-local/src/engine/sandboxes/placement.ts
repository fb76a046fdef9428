// Where on Modal a sandbox should run. One machine has no choice, but a name that Modal would refuse is refused here, too,
// so that a slip of the pen shows before the program meets the cloud.

import { EngineError } from '../errors.js';

export interface Placement {
  /** The provider's short name. */
  cloud?: string;
  regions: readonly string[];
}

/** Modal's documentation of `cloud`, and the providers of its CloudProvider enum. */
const CLOUDS = ['aws', 'gcp', 'oci', 'auto'];

/** Modal's documentation of region selection: broad regions, then parts of them … */
const AREAS = ['us', 'eu', 'ap', 'uk', 'ca', 'me', 'sa', 'af', 'mx', 'jp', 'au', 'il'];
const PART = /^(us|eu|ap|ca|me|sa|af)-(east|west|north|south|central|northeast|southeast|northwest|southwest)$/;
/** … and the names that the clouds themselves give: `us-east-1`, `us-east1` and `us-ashburn-1`. */
const AWS = /^(us|eu|ap|ca|me|sa|af|mx|il)-(east|west|north|south|central|northeast|southeast|northwest|southwest)-\d$/;
const GCP = /^(us|europe|asia|australia|northamerica|southamerica|me|africa)-(east|west|north|south|central|northeast|southeast|northwest|southwest)\d{1,2}$/;
const OCI = /^(us|eu|uk|ap|ca|me|sa|af|mx|il)-[a-z]{4,}-\d$/;

/** Throws INVALID_ARGUMENT. */
export function checkPlacement({ cloud, regions }: Placement): void {
  if (cloud !== undefined && !CLOUDS.includes(cloud.toLowerCase())) {
    throw new EngineError('INVALID_ARGUMENT', `cloud: '${cloud}' is no cloud provider of Modal; it has ${CLOUDS.join(', ')}`);
  }
  const unknown = regions.find((region) => !AREAS.includes(region) && ![PART, AWS, GCP, OCI].some((names) => names.test(region)));
  if (unknown === undefined) return;
  throw new EngineError('INVALID_ARGUMENT', `region: '${unknown}' is no region of Modal; names are like us, eu, ap, us-east, us-east-1 or us-ashburn-1`);
}
