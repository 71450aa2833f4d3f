/**
 * Tensors, autograd, optimizer and native memory over libtorch. The only package that imports {@code org.bytedeco}: everything above speaks {@code plumb.torch.Tensor}. Native memory lives in a {@code plumb.torch.Scope} and dies with it.
 */
@NullMarked
package plumb.torch;

import org.jspecify.annotations.NullMarked;
