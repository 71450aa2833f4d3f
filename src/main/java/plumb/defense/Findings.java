package plumb.defense;

import java.util.List;
import plumb.chat.Rendered;
import plumb.diagnose.LayerVectors;

/** What diagnosis can tell of the model that is being fine-tuned; each is dear, and made when somebody asks. */
public interface Findings {
    /** The bad persona's vector. */
    LayerVectors persona();

    /**
     * What the latents of a dictionary of this layer write, those first that the undefended run raised most: [hidden]
     * each.
     */
    List<float[]> latents(int layer);

    /** What the model of the undefended run answers to the prompts of the safe rows. */
    List<Rendered> answers();
}
