/**
 * The service to look at: {@link plumb.service.dashboard.Dashboard} hands out one page with its scripts and styles, which are resources of this package. The page asks the same endpoints as every client, with the key of whoever looks, so it can show nothing that a script could not read. It needs no other host, and runs and shows no text as markup.
 */
@NullMarked
package plumb.service.dashboard;

import org.jspecify.annotations.NullMarked;
