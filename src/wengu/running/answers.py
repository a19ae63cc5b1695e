"""The files by which `fit` and its processes talk to each other."""

REQUEST, ANSWER = "request.json", "answer.json"
