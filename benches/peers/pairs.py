"""Two states of the same resources to be compared: multi-document files, or folders of one file a resource.

Every value that is changed, and every resource that is added, carries a word that stands nowhere else, by which a
tool's output shows whether it was seen.
"""

import itertools
import random

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/managed-by: ahuora
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {label}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      containers:
      - name: {name}
        image: ahuora/{name}:{image}
        env:
        - name: LOG_LEVEL
          value: {env}
        - name: WORKERS
          value: "4"
        livenessProbe:
          failureThreshold: 6
          tcpSocket:
            port: http
        ports:
        - name: http
          containerPort: {port}
          protocol: TCP
        readinessProbe:
          httpGet:
            path: /api/status/
            port: http
          periodSeconds: 5
        resources:
          limits:
            memory: 1Gi
          requests:
            cpu: 500m
            memory: 512Mi
      terminationGracePeriodSeconds: 30
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/managed-by: ahuora
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {label}
spec:
  ports:
  - name: http
    port: {port}
    targetPort: http
  selector:
    app.kubernetes.io/name: {name}
"""
AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/managed-by: ahuora
    app.kubernetes.io/part-of: {label}
spec:
  maxReplicas: {replicas}
  metrics:
  - resource:
      name: cpu
      target:
        averageUtilization: 70
        type: Utilization
    type: Resource
  minReplicas: 2
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/managed-by: ahuora
    app.kubernetes.io/part-of: {label}
data:
  mode: {env}
  settings.ini: |
    [server]
    threads = 2
    timeout = 30
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: {namespace}
  annotations:
    traefik.ingress.kubernetes.io/router.tls: "true"
  labels:
    app.kubernetes.io/managed-by: ahuora
    app.kubernetes.io/part-of: {label}
spec:
  ingressClassName: traefik
  rules:
  - host: {name}.{host}
    http:
      paths:
      - backend:
          service:
            name: {name}
            port:
              name: http
        path: /
        pathType: Prefix
"""
FORMS = [DEPLOYMENT, SERVICE, AUTOSCALER, CONFIG_MAP, INGRESS]
CHANGEABLE = [["image", "env", "port", "label"], ["port", "label"], ["replicas", "label"], ["env", "label"], ["host", "label"]]
FIRST = {"image": "1.4.2", "env": "info", "port": 8000, "label": "ahuora", "replicas": 8, "host": "ahuora.org.nz"}
VARIABLES = ["        - name: LOG_LEVEL\n          value: {env}\n", '        - name: WORKERS\n          value: "4"\n']


class Document:
    """One resource: the number of its application, its kind as an index, its values, and whether a list has another order."""

    def __init__(self, number, kind, values=FIRST, reordered=False):
        self.number, self.kind, self.values, self.reordered = number, kind, values, reordered
        self.namespace = f"team-{number % 20:02}"

    def text(self):
        form = FORMS[self.kind]
        if self.reordered:
            form = form.replace("".join(VARIABLES), "".join(reversed(VARIABLES)))
        return form.format(name=f"service-{self.number:05}", namespace=self.namespace, **self.values)

    def path(self):
        return f"{self.namespace}/service-{self.number:05}/{self.kind}.yaml"


def pair(resources, share):
    """So many resources; the same with that share of them changed; and the words that show each change.

    For each ten that are changed, one is moved in the file, one is removed and one is added.
    """
    pick, numbers = random.Random(resources), itertools.count()
    left = [Document(index // len(FORMS), index % len(FORMS)) for index in range(resources)]
    right = list(left)
    changed = pick.sample(range(resources), max(1, round(resources * share)))
    for index in changed:
        right[index] = change(left[index], pick, numbers)
    for number in range(90000, 90000 + len(changed) // 10):
        right.insert(pick.randrange(resources), right.pop(pick.randrange(resources)))
        right.pop(pick.randrange(resources))
        right.insert(pick.randrange(resources), Document(number, 0, FIRST | {"image": word("image", numbers)}))
    return left, right, [str(value) for document in right for field, value in document.values.items() if value != FIRST[field]]


def change(document, pick, numbers):
    """The document with one or two other values; a Deployment has at times its variables in another order, too."""
    fields = pick.sample(CHANGEABLE[document.kind], pick.choice([1, 1, 2]))
    values = document.values | {field: word(field, numbers) for field in fields}
    return Document(document.number, document.kind, values, document.kind == 0 and pick.random() < 0.2)


def word(field, numbers):
    """A value that stands nowhere else."""
    number = next(numbers)
    return 20000 + number if field in ("port", "replicas") else f"changed{number:05}"


def write_file(path, documents):
    path.write_text("---\n".join(document.text() for document in documents))


def write_folder(folder, documents):
    for document in documents:
        path = folder / document.path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document.text())
