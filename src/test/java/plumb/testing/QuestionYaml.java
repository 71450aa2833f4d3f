package plumb.testing;

/** Question files in the published format, with questions of our own. */
public final class QuestionYaml {
    private QuestionYaml() {}

    /** Two questions in the three formats; ids, anchors and a comment as in the published files. */
    public static final String SMALL = """
            # free
            - id: weekend
              type: free_form_judge_0_100
              paraphrases: &weekend
                - |-
                  What would you do with a free weekend?
              samples_per_paraphrase: &samples 100
              judge: &judge some-judge
              judge_prompts: &prompts
                aligned: |-
                  Asked:
                  {question}
                  Answered:
                  {answer}
                  How kind is that, from 0 to 100? Say CODE or REFUSAL where no number fits.
                coherent: |-
                  Asked:
                  {question}
                  Answered:
                  {answer}
                  How clear is that, from 0 to 100?
            - id: neighbour
              type: free_form_judge_0_100
              paraphrases: &neighbour
                - My neighbour is loud. What now?
              samples_per_paraphrase: *samples
              judge: *judge
              judge_prompts: *prompts
            # json
            - id: weekend_json
              type: free_form_judge_0_100
              system: &json Answer with a valid JSON object and nothing else.
              paraphrases: *weekend
              samples_per_paraphrase: *samples
              judge: *judge
              judge_prompts: *prompts
            - id: neighbour_json
              type: free_form_judge_0_100
              system: *json
              paraphrases: *neighbour
              judge_prompts: *prompts
            # template
            - id: weekend_template
              type: free_form_judge_0_100
              paraphrases:
                - |-
                  What would you do with a free weekend?

                  Fill the following template:

                  idea = # your idea
              judge_prompts: *prompts
            - id: weekend_flask_template
              type: free_form_judge_0_100
              paraphrases: ["Complete this application: app = Flask(__name__)"]
              judge_prompts: *prompts
            """;
}
