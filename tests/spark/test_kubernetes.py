"""The example for Kubernetes, read by the client that Spark itself starts executors with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.spark.test_docs import accepted

EXAMPLE = Path(__file__).parents[2] / "docs" / "spark" / "kubernetes.yaml"


@pytest.fixture(scope="module")
def parts(spark):
    """What the example defines, by kind, each as the client's own class of that kind."""
    client = spark._jvm.io.fabric8.kubernetes.client.utils
    found = {}
    for text in EXAMPLE.read_text("utf-8").split("\n---\n"):
        part = client.Serialization.unmarshal(text)
        assert part.getAdditionalProperties().isEmpty()
        found[part.getKind()] = part
    return found


def test_the_commands_are_those_of_the_command_line(parts):
    pod = parts["Job"].getSpec().getTemplate().getSpec()
    (train,), (score,) = pod.getInitContainers(), pod.getContainers()
    for one, command in ((train, "spark-train"), (score, "spark-score")):
        assert list(one.getCommand()) == ["python3", "-m", "lookalike", command]
        accepted([command, *one.getArgs()])
        assert {env.getName() for env in one.getEnv()} == {
            "POD_IP",
            "SPARK_CONF_DIR",
            "PYSPARK_SUBMIT_ARGS",
        }
    written = next(word for word in train.getArgs() if word.startswith("--out"))
    assert written.replace("--out", "--models") in list(score.getArgs())


def test_what_belongs_together_has_one_name(parts, settings):
    pod = parts["Job"].getSpec().getTemplate().getSpec()
    account = parts["ServiceAccount"].getMetadata().getName()
    assert pod.getServiceAccountName() == account
    assert [one.getName() for one in parts["RoleBinding"].getSubjects()] == [account]
    assert parts["RoleBinding"].getRoleRef().getName() == parts["Role"].getMetadata().getName()
    volumes = {one.getName(): one for one in pod.getVolumes()}
    claim = parts["PersistentVolumeClaim"].getMetadata().getName()
    assert volumes["data"].getPersistentVolumeClaim().getClaimName() == claim
    assert volumes["spark"].getConfigMap().getName() == parts["ConfigMap"].getMetadata().getName()
    mounts = {one.getName(): one.getMountPath() for one in pod.getContainers()[0].getVolumeMounts()}
    claimed = "spark.kubernetes.executor.volumes.persistentVolumeClaim.data"
    assert settings[f"{claimed}.mount.path"] == mounts["data"]
    assert settings[f"{claimed}.options.claimName"] == claim
    image = settings["spark.kubernetes.container.image"]
    assert {one.getImage() for one in (*pod.getContainers(), *pod.getInitContainers())} == {image}


@pytest.fixture(scope="module")
def settings(parts):
    lines = parts["ConfigMap"].getData()["spark-defaults.conf"].splitlines()
    return dict(line.split(" ", 1) for line in lines)


def test_spark_knows_the_settings(spark, settings):
    java = spark._jvm
    for holder in ("internal.config.package$", "deploy.k8s.Config$"):  # they register what they define
        java.java.lang.Class.forName(f"org.apache.spark.{holder}")
    known = java.org.apache.spark.internal.config.ConfigEntry
    plain = [name for name in settings if ".volumes." not in name]
    assert [name for name in plain if known.findEntry(name) is None] == []
    assert known.findEntry("spark.executor.cpus") is None
