/**
 * One request and its answer, whatever it is about: {@link plumb.service.http.call.Body} and {@link plumb.service.http.call.Multipart} read what came, {@link plumb.service.http.call.Calls} knows who asks and writes JSON, {@link plumb.service.http.call.EventStream} writes piece by piece. What is wrong with a request is an {@link plumb.service.http.call.ApiError}. No endpoint is here.
 */
@NullMarked
package plumb.service.http.call;

import org.jspecify.annotations.NullMarked;
