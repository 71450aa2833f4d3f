/**
 * The wire: OpenAI's paths, bodies, errors and streams over HTTP. {@link plumb.service.http.Api} routes; each group of endpoints is a class; what is wrong with a request becomes an {@link plumb.service.http.call.ApiError} that names the parameter. Nothing is decided here that outlives a request.
 */
@NullMarked
package plumb.service.http;

import org.jspecify.annotations.NullMarked;
