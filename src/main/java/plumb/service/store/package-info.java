/**
 * What the service must not forget: tenants and their keys, files, jobs, events, checkpoints, models, in SQLite or PostgreSQL behind {@link plumb.service.store.Database}. What is acknowledged is committed before. Every query of a tenant's things names the tenant, so that nobody finds what is not theirs.
 */
@NullMarked
package plumb.service.store;

import org.jspecify.annotations.NullMarked;
