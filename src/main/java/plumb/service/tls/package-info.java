/**
 * Speaking TLS. {@link plumb.service.tls.Pem} reads a certificate and its key from the files that certificate authorities hand out, and {@link plumb.service.tls.Tls} presents them and takes up renewed ones. Without it the service speaks plain HTTP, for this machine or a proxy before it.
 */
@NullMarked
package plumb.service.tls;

import org.jspecify.annotations.NullMarked;
